#include <string>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class EventBatches : public RoutesTest {
 protected:
  static std::string click(const std::string& user, const std::string& more = "") {
    return R"({"user_id":")" + user + R"(","movie_id":"1","event_type":"click")" + more + "}";
  }
  static std::string id(std::uint64_t number) {
    return ",\"event_id\":\"" + testing::test_event_id(number).to_string() + "\"";
  }
  static std::string array_of(std::size_t count) {
    std::string body = "[";
    for (std::size_t i = 0; i < count; ++i) {
      body += (i == 0 ? "" : ",") + click("u" + std::to_string(i));
    }
    return body + "]";
  }
  http::Response post_lines(const std::string& body) {
    return post_event(body, "application/x-ndjson");
  }
  static std::size_t results_in(const http::Response& answer) {
    std::size_t count = 0;
    for (std::size_t at = answer.body.find("\"status\":"); at != std::string::npos;
         at = answer.body.find("\"status\":", at + 1)) {
      ++count;
    }
    return count;
  }
  void expect_counted(std::uint64_t accepted, std::uint64_t duplicate, std::uint64_t rejected) {
    const auto totals = ingestor_.totals();
    EXPECT_EQ(totals.accepted, accepted);
    EXPECT_EQ(totals.duplicate, duplicate);
    EXPECT_EQ(totals.rejected, rejected);
    EXPECT_EQ(totals.received, accepted + duplicate + rejected);
  }
};

TEST_F(EventBatches, AnswerEachEventInTheOrderOfTheArray) {
  const auto answer =
      post_event("[" + click("u1", id(1)) + "," + click("a b") + "," + click("u2", id(2)) + "]");
  EXPECT_EQ(answer.status, 207);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_THAT(answer.body, StartsWith(R"({"results":[{"status":"accepted","event_id":")" +
                                      testing::test_event_id(1).to_string() +
                                      R"(","offset":"e:0"},{"type":"about:blank","title":)"
                                      R"("Unprocessable Content","status":422,)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("errors":[{"pointer":"/user_id",)"));
  EXPECT_THAT(answer.body,
              EndsWith(R"(},{"status":"accepted","event_id":")" +
                       testing::test_event_id(2).to_string() + R"(","offset":"e:1"}]})"));
  ASSERT_EQ(log_.records().size(), 2U);
  EXPECT_EQ(log_.records()[1].event.user_id, UserId("u2"));
  expect_counted(2, 0, 1);
}

TEST_F(EventBatches, KnowRepeatsInsideTheArrayAndFromBefore) {
  post_event(click("u1", id(1)));
  const auto answer =
      post_event("[" + click("u1", id(1)) + "," + click("u1", id(2)) + "," + click("u1", id(2)) +
                 "," + click("u1", id(2) + R"(,"position":3)") + "]");
  EXPECT_EQ(answer.status, 207);
  EXPECT_THAT(answer.body,
              MatchesRegex(R"(\{"results":\[\{"status":"duplicate","event_id":"[^"]*",)"
                           R"("offset":"e:0"\},\{"status":"accepted","event_id":"[^"]*",)"
                           R"("offset":"e:1"\},\{"status":"duplicate","event_id":"[^"]*",)"
                           R"("offset":"e:1"\},\{"type":.*"status":409.*)"));
  EXPECT_EQ(log_.records().size(), 2U);
  expect_counted(2, 2, 1);
}

TEST_F(EventBatches, AreTakenOneEventALine) {
  const auto answer =
      post_lines(click("u1") + "\r\n\n  \n" + click("u2").substr(0, 20) + "\n" + click("u3"));
  EXPECT_EQ(answer.status, 207);
  EXPECT_THAT(answer.body,
              MatchesRegex(R"(\{"results":\[\{"status":"accepted",.*"offset":"e:0"\},\{"type":.*)"
                           R"("status":400.*\},\{"status":"accepted",.*"offset":"e:1"\}\]\})"));
  expect_counted(2, 0, 1);
}

TEST_F(EventBatches, OfOneEventAreBatchesToo) {
  EXPECT_EQ(post_event("[" + click("u1") + "]").status, 207);
  EXPECT_EQ(post_lines(click("u2")).status, 207);
  EXPECT_EQ(post_event("[7]").status, 207);
  expect_counted(2, 0, 1);
}

TEST_F(EventBatches, RefuseElementsThatAreNoEvents) {
  const auto answer =
      post_event(R"([null,[],"x",{"user_id":"u","user_id":"v"},{"extra":1},{"user_id":7}])");
  EXPECT_EQ(answer.status, 207);
  EXPECT_EQ(results_in(answer), 6U);
  EXPECT_THAT(answer.body, HasSubstr(R"("pointer":"/extra")"));
  EXPECT_THAT(answer.body, Not(HasSubstr("accepted")));
  EXPECT_TRUE(log_.records().empty());
  expect_counted(0, 0, 6);
}

TEST_F(EventBatches, HoldAtMostAThousandEvents) {
  const auto full = post_event(array_of(1'000));
  EXPECT_EQ(full.status, 207);
  EXPECT_EQ(results_in(full), 1'000U);
  EXPECT_EQ(log_.records().size(), 1'000U);
  EXPECT_EQ(log_.records()[999].event.user_id, UserId("u999"));
  expect_problem(post_event(array_of(1'001)), 422, "", "an array too long");
  std::string lines;
  for (int i = 0; i < 1'001; ++i) lines += click("u") + "\n";
  expect_problem(post_lines(lines), 422, "", "too many lines");
  EXPECT_EQ(log_.records().size(), 1'000U);
  expect_counted(1'000, 0, 2);
}

TEST_F(EventBatches, HoldSomething) {
  for (const char* body : {"[]", " [ ] "}) expect_problem(post_event(body), 422, "", body);
  for (const char* body : {"", "\n", " \r\n\t\n"}) expect_problem(post_lines(body), 422, "", body);
  expect_counted(0, 0, 5);
}

TEST_F(EventBatches, AreRefusedWholeWhenTheArrayIsBroken) {
  for (const std::string& body : {"[" + click("u1") + ",", "[" + click("u1") + "] x",
                                  "[" + click("u1") + click("u2") + "]", std::string("[,]")}) {
    expect_problem(post_event(body), 400, "", body);
  }
  EXPECT_TRUE(log_.records().empty());
}

TEST_F(EventBatches, AreRefusedWholeWhenTheLogTakesNone) {
  log_.fail_appends(Error{ErrorCode::kUnavailable, "the log is away"});
  const auto away = post_event("[" + click("u1") + "," + click("a b") + "]");
  expect_problem(away, 503, "", "away");
  EXPECT_EQ(header_of(away, "Retry-After"), "1");
  expect_counted(0, 0, 2);
  const auto all_wrong = post_event("[" + click("a b") + "]");
  EXPECT_EQ(all_wrong.status, 207) << "nothing to log, so nothing failed";
}

TEST_F(EventBatches, TakeNoQueryParameters) {
  expect_problem(ask(http::Method::kPost, "/api/events?sync=1", click("u"),
                     {{"content-type", "application/json"}}),
                 400, "sync", "unknown");
  expect_counted(0, 0, 1);
}

}  // namespace
}  // namespace marquee::api
