// Keys and the audit log over HTTP: what an admin gives out works at once, what is taken back does
// not, and everything that operators change is written down, whatever becomes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using http::Method;
using ::testing::HasSubstr;
using ::testing::Not;

class KeyRoutes : public RoutesTest {
 protected:
  static std::string member(const http::Response& answer, std::string_view name) {
    simdjson::dom::parser parser;
    std::string_view text;
    EXPECT_EQ(parser.parse(answer.body)[name].get(text), simdjson::SUCCESS) << answer.body;
    return std::string(text);
  }
  http::Response create(const std::string& body) {
    return as_operator(Method::kPost, "/api/admin/keys", body);
  }
  int status_with(const std::string& key, std::string_view target = "/api/admin/models") {
    return get(target, {{"authorization", "Bearer " + key}}).status;
  }
  std::vector<AuditEntry> entries() { return audit_log_.list(std::nullopt, 100)->entries; }
};

TEST_F(KeyRoutes, GiveOutAKeyThatWorksAtOnceUntilItIsRevoked) {
  const auto made = create(R"({"name":"reports","role":"analyst","days":30})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string key = member(made, "key");
  EXPECT_EQ(status_with(key), 200);
  const auto list = as_operator(Method::kGet, "/api/admin/keys");
  EXPECT_THAT(list.body, HasSubstr(R"("name":"reports","role":"analyst","viewer":null)"));
  EXPECT_THAT(list.body, Not(HasSubstr(key.substr(20))));
  EXPECT_THAT(list.body, Not(HasSubstr("hash")));
  const std::string path = "/api/admin/keys/" + member(made, "id");
  EXPECT_EQ(as_operator(Method::kDelete, path).status, 204);
  EXPECT_EQ(status_with(key), 401);
}

TEST_F(KeyRoutes, RotateAKeyWithBothValidForAWhile) {
  const auto made = create(R"({"name":"x","role":"analyst"})");
  const auto next = as_operator(Method::kPost, "/api/admin/keys/" + member(made, "id") + "/rotate",
                                R"({"overlap_s":60})");
  ASSERT_EQ(next.status, 201) << next.body;
  EXPECT_EQ(status_with(member(made, "key")), 200);
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(status_with(member(made, "key")), 401);
  EXPECT_EQ(status_with(member(next, "key")), 200);
}

TEST_F(KeyRoutes, RefuseOrdersThatAreNone) {
  for (const char* body : {R"({"name":"x","role":"root"})", R"({"name":"","role":"service"})",
                           R"({"name":"x","role":"viewer-client"})", R"({"name":1,"role":"admin"})",
                           R"({"name":"x","role":"service","days":1.5})",
                           R"({"name":"x","role":"service","days":-1})"}) {
    EXPECT_EQ(create(body).status, 422) << body;
  }
  EXPECT_EQ(create(R"({"name":"x","role":"service","hash":"00"})").status, 400);
  EXPECT_EQ(create("x").status, 400);
  EXPECT_EQ(as_operator(Method::kDelete, "/api/admin/keys/unknown").status, 404);
  EXPECT_EQ(as_operator(Method::kPost, "/api/admin/keys/a b/rotate").status, 422);
  EXPECT_TRUE(key_store_.list()->empty());
}

TEST_F(KeyRoutes, WriteDownWhatAnOperatorAskedForAndHowItEnded) {
  EXPECT_EQ(as_operator(Method::kDelete, "/api/movies/2").status, 204);
  EXPECT_EQ(as_operator(Method::kDelete, "/api/movies/missing").status, 404);
  const auto written = entries();
  ASSERT_EQ(written.size(), 4U);
  const AuditEntry& asked = written[3];
  const AuditEntry& ended = written[2];
  EXPECT_EQ(asked.actor, "operator.token");
  EXPECT_EQ(asked.role, "admin");
  EXPECT_EQ(asked.action, "DELETE /api/movies/{id}");
  EXPECT_EQ(asked.target, "/api/movies/2");
  EXPECT_FALSE(asked.status || asked.of);
  EXPECT_EQ(ended.of, asked.seq);
  EXPECT_EQ(ended.status, 204);
  EXPECT_EQ(written[0].status, 404);
  const auto shown = as_operator(Method::kGet, "/api/admin/audit-log?limit=3");
  EXPECT_THAT(shown.body, HasSubstr(R"("actor":"operator.token","role":"admin")"));
  EXPECT_THAT(shown.body, HasSubstr(R"("next_cursor":"2")"));
  EXPECT_EQ(entries().size(), 4U) << "reading is no action";
}

TEST_F(KeyRoutes, DoNothingThatCannotBeWrittenDown) {
  audit_log_.fail_next_writes(1, {ErrorCode::kUnavailable, "away"});
  expect_problem(as_operator(Method::kDelete, "/api/movies/2"), 503, "", "no log, no action");
  EXPECT_TRUE(operations_.hidden_.empty());
  EXPECT_EQ(as_operator(Method::kDelete, "/api/movies/2").status, 204);
}

TEST_F(KeyRoutes, WriteDownWhoWasRefusedWhenHeIsKnown) {
  const std::string key = member(create(R"({"name":"x","role":"analyst"})"), "key");
  const std::size_t before = entries().size();
  EXPECT_EQ(ask(Method::kDelete, "/api/movies/2", "", {{"authorization", "Bearer " + key}}).status,
            403);
  ASSERT_EQ(entries().size(), before + 1);
  EXPECT_EQ(entries().front().actor, "key:" + key.substr(3, 16));
  EXPECT_EQ(entries().front().status, 403);
  EXPECT_EQ(ask(Method::kDelete, "/api/movies/2").status, 401);
  EXPECT_EQ(entries().size(), before + 1) << "strangers do not fill the log";
}

TEST_F(KeyRoutes, KeepSecretsOutOfTheAuditLog) {
  const std::string key = member(create(R"({"name":"x","role":"admin"})"), "key");
  for (const auto& header : {"Bearer " + key, std::string("Bearer ") + token_.text()}) {
    (void)ask(Method::kDelete, "/api/movies/a\nb%00é", "", {{"authorization", header}});
  }
  for (const AuditEntry& entry : entries()) {
    for (const std::string& text : {entry.actor, entry.action, entry.target}) {
      EXPECT_THAT(text, Not(HasSubstr(key.substr(20))));
      EXPECT_THAT(text, Not(HasSubstr(token_.text())));
      EXPECT_THAT(text, Not(HasSubstr("\n")));
    }
  }
}

}  // namespace
}  // namespace marquee::api
