// Goal: every route, asked by every role, without a credential, with one that has expired, was
// revoked or was made up, answers as the permission table says; and a viewer's credential reaches
// that viewer only, wherever a request can name one.

#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fixture_for_test.h"
#include "identity/authorize.h"
#include "identity/permissions.h"

namespace marquee::api {
namespace {

using http::Method;
using identity::NamesViewer;
using identity::Role;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kEventId = "018f0000-0000-7000-8000-000000000001";

std::string event_of(const std::string& viewer) {
  return fmt::format(R"({{"user_id":"{}","movie_id":"2","event_type":"click"}})", viewer);
}

class MatrixTest : public RoutesTest {
 protected:
  explicit MatrixTest(bool viewing_is_open = true) : RoutesTest(viewing_is_open) {
    for (const Role role : identity::kRoles) {
      if (role > Role::kGuest) keys_by_role_[role] = key_of(role);
    }
  }

  identity::IssuedKey key_of(Role role, std::optional<std::int64_t> days = std::nullopt) {
    const bool one_viewer = role == Role::kViewer;
    auto key = keys_.create({"test", std::string(identity::to_string(role)),
                             one_viewer ? std::optional<std::string>("ann") : std::nullopt, days});
    EXPECT_TRUE(key.ok()) << key.error().message;
    return *std::move(key);
  }

  /// A request that the route would take, about the viewer ann.
  http::Response call(const http::Router::Route& route,
                      const std::optional<std::string>& credential,
                      const std::string& viewer = "ann") {
    const auto* row = identity::find_permission(http::to_string(route.method), route.pattern);
    std::string path;
    for (std::size_t i = 0; i < route.pattern.size(); ++i) {
      if (route.pattern[i] != '{') {
        path += route.pattern[i];
        continue;
      }
      const std::size_t end = route.pattern.find('}', i);
      const std::string name = route.pattern.substr(i + 1, end - i - 1);
      path += name == "event_id" ? kEventId : name == "id" ? viewer : "als_1";
      i = end;
    }
    if (row != nullptr && row->viewer == NamesViewer::kInQuery) path += "?user_id=" + viewer;
    std::vector<Header> headers{{"content-type", "application/json"}};
    if (credential) headers.push_back({"authorization", "Bearer " + *credential});
    return ask(route.method, path, route.method == Method::kPost ? event_of(viewer) : "",
               std::move(headers));
  }

  std::optional<std::string> credential_of(Role role) {
    if (role <= Role::kGuest) return std::nullopt;
    return keys_by_role_.at(role).text;
  }

  /// That every route answers callers without credential and of every role as its row says.
  void expect_table(Role without) {
    for (const auto& route : router_.routes()) {
      const auto* row = identity::find_permission(http::to_string(route.method), route.pattern);
      ASSERT_NE(row, nullptr) << route.pattern;
      for (const Role role : identity::kRoles) {
        if (role <= Role::kGuest && role != without) continue;
        const auto answer = call(route, credential_of(role));
        const std::string about = fmt::format("{} {} as {}", http::to_string(route.method),
                                              route.pattern, identity::to_string(role));
        const bool refused = answer.status == 401 || answer.status == 403;
        EXPECT_EQ(!refused, row->roles.has(role)) << about << ": " << answer.status;
        if (refused) {
          EXPECT_EQ(answer.status, role <= Role::kGuest ? 401 : 403) << about;
        }
      }
    }
  }

  std::map<Role, identity::IssuedKey> keys_by_role_;
};

class ClosedMatrixTest : public MatrixTest {
 protected:
  ClosedMatrixTest() : MatrixTest(false) {}
};

TEST_F(MatrixTest, EveryRouteAnswersEveryRoleAsTheTableSays) { expect_table(Role::kGuest); }
TEST_F(ClosedMatrixTest, WhereViewingWantsACredentialToo) { expect_table(Role::kAnonymous); }

TEST_F(MatrixTest, NoRouteTakesACredentialThatExpiredWasRevokedOrMadeUp) {
  const auto expired = key_of(Role::kAdmin, 1);
  const auto revoked = key_of(Role::kAdmin);
  ASSERT_TRUE(keys_.revoke(revoked.key.id).ok());
  clock_.advance(std::chrono::hours(24));
  std::string forged = credential_of(Role::kAdmin).value();
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  const std::string other_id = "mq_0123456789abcdef" + forged.substr(19);
  for (const auto& route : router_.routes()) {
    const auto* row = identity::find_permission(http::to_string(route.method), route.pattern);
    const bool for_everyone = row->roles.has(Role::kAnonymous);
    for (const std::string& bad : {expired.text, revoked.text, forged, other_id, std::string("x"),
                                   std::string(70'000, 'y')}) {
      const auto answer = call(route, bad);
      EXPECT_EQ(answer.status == 401, !for_everyone) << route.pattern << " " << answer.status;
      EXPECT_THAT(answer.body, Not(HasSubstr(bad.substr(0, 60)))) << "a credential is not repeated";
    }
  }
}

TEST_F(MatrixTest, TwoCredentialsAreNone) {
  const std::string good = "Bearer " + token_.text();
  const auto answer = get("/api/admin/models", {{"authorization", good}, {"authorization", good}});
  expect_problem(answer, 401, "", "which of them counts, a gateway might see otherwise");
}

TEST_F(MatrixTest, AViewersCredentialReachesNoOtherViewerOnAnyRoute) {
  const std::string ann = credential_of(Role::kViewer).value();
  for (const auto& route : router_.routes()) {
    const auto* row = identity::find_permission(http::to_string(route.method), route.pattern);
    if (!row->roles.has(Role::kViewer) || row->viewer == NamesViewer::kNowhere) continue;
    for (const char* other : {"bob", "Ann", "ann2", "ann%00", "marquee:canary"}) {
      EXPECT_EQ(call(route, ann, other).status, 403) << route.pattern << " " << other;
    }
    EXPECT_NE(call(route, ann, "ann").status, 403) << route.pattern;
    EXPECT_NE(call(route, credential_of(Role::kService), "bob").status, 403) << route.pattern;
  }
}

TEST_F(MatrixTest, AViewersCredentialCannotHideAnotherBehindItsOwn) {
  const std::vector<Header> ann{{"authorization", "Bearer " + *credential_of(Role::kViewer)}};
  for (const char* query : {"user_id=ann&user_id=bob", "user_id=bob&user_id=ann", "user_id="}) {
    EXPECT_EQ(get(std::string("/api/recommendations?") + query, ann).status, 403) << query;
  }
}

TEST_F(MatrixTest, OfABatchAViewersCredentialWritesItsOwnEventsOnly) {
  const std::string both = "[" + event_of("ann") + "," + event_of("bob") + "," + event_of("") + "]";
  const std::vector<Header> headers{{"content-type", "application/json"},
                                    {"authorization", "Bearer " + *credential_of(Role::kViewer)}};
  const auto answer = ask(Method::kPost, "/api/events", both, headers);
  EXPECT_EQ(answer.status, 207);
  EXPECT_THAT(answer.body, ::testing::StartsWith(R"({"results":[{"status":"accepted")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("status":403)"));
  const auto written = log_.read(Cursor(), 10, std::chrono::milliseconds(0));
  ASSERT_EQ(written->records.size(), 1U);
  EXPECT_EQ(written->records.front().event.user_id, UserId("ann"));
  const auto lines = ask(Method::kPost, "/api/events", event_of("bob") + "\n",
                         {{"content-type", "application/x-ndjson"}, headers[1]});
  EXPECT_THAT(lines.body, HasSubstr(R"("status":403)"));
  EXPECT_EQ(log_.read(Cursor(), 10, std::chrono::milliseconds(0))->records.size(), 1U);
}

}  // namespace
}  // namespace marquee::api
