#include <string>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using ::testing::HasSubstr;

constexpr const char* kClick = R"({"user_id":"u1","movie_id":"1","event_type":"click"})";

using EventRoutes = RoutesTest;

std::string with(const std::string& member) {
  return R"({"user_id":"u1","movie_id":"1","event_type":"rating","value":4,)" + member + "}";
}

TEST_F(EventRoutes, AcceptsAnEventAndSaysWhereItStands) {
  const auto answer = post_event(kClick);
  EXPECT_EQ(answer.status, 202);
  EXPECT_THAT(answer.body,
              ::testing::MatchesRegex(
                  R"(\{"status":"accepted","message":"Event queued for processing",)"
                  R"("event_id":"[0-9a-f-]{36}","offset":"e:0","durability":"power"\})"));
  ASSERT_EQ(log_.records().size(), 1U);
  EXPECT_EQ(log_.records()[0].event.movie_id.value(), "1");
}

TEST_F(EventRoutes, AcceptsEveryField) {
  const auto answer = post_event(
      R"( {"user_id":"u1","movie_id":"1","event_type":"rating","value":4.5,"event_id":")" +
          testing::test_event_id(1).to_string() +
          R"(","session_id":"s:1","list_id":"l1","position":3,"timestamp":"2024-12-31T23:59:59Z"} )",
      "Application/JSON; charset=utf-8");
  ASSERT_EQ(answer.status, 202) << answer.body;
  const Event event = log_.records().at(0).event;
  EXPECT_EQ(event.event_id, testing::test_event_id(1));
  EXPECT_EQ(event.value, 4.5);
  EXPECT_EQ(event.position, 3);
  EXPECT_EQ(event.list_id, ListId("l1"));
  EXPECT_EQ(event.ts_ms, testing::kTestEpochMs - 1'000);
}

TEST_F(EventRoutes, AcceptsAFilmTheCatalogueLacks) {
  EXPECT_EQ(post_event(R"({"user_id":"u","movie_id":"new:film","event_type":"like"})").status, 202);
}

TEST_F(EventRoutes, AnswersARepeatWithTheFirstOffset) {
  const std::string event = with("\"event_id\":\"" + testing::test_event_id(1).to_string() + "\"");
  EXPECT_EQ(post_event(event).status, 202);
  post_event(kClick);
  const auto again = post_event(event);
  EXPECT_EQ(again.status, 200);
  EXPECT_THAT(again.body, HasSubstr(R"("status":"duplicate")"));
  EXPECT_THAT(again.body, HasSubstr(R"("offset":"e:0")"));
  EXPECT_EQ(log_.records().size(), 2U);
}

TEST_F(EventRoutes, RefusesAnotherEventUnderTheSameId) {
  const std::string id = "\"event_id\":\"" + testing::test_event_id(1).to_string() + "\"";
  EXPECT_EQ(post_event(with(id)).status, 202);
  expect_problem(post_event(with(id + R"(,"session_id":"other")")), 409, "/event_id", "conflict");
  EXPECT_EQ(log_.records().size(), 1U);
}

TEST_F(EventRoutes, SaysWhenTheLogIsFullOrBroken) {
  log_.fail_appends(Error{ErrorCode::kUnavailable, "the log is away"});
  const auto away = post_event(kClick);
  expect_problem(away, 503, "", "away");
  EXPECT_EQ(header_of(away, "Retry-After"), "1");
  log_.repair();
  log_.fail_appends(Error{ErrorCode::kResourceExhausted, "no space left"});
  expect_problem(post_event(kClick), 507, "", "disk full");
}

// Everything issue 4 names as bad input, and more: a 4xx that names the field, nothing stored.
struct BadEvent {
  std::string body;
  int status;
  std::string pointer;
};

/// Bodies that are no event at all.
std::vector<BadEvent> broken_bodies() {
  const std::string rating = R"({"user_id":"u1","movie_id":"1","event_type":"rating",)";
  return {{"", 400, ""},
          {"null", 400, ""},
          {"[]", 422, ""},
          {"[" + std::string(kClick), 400, ""},
          {R"("text")", 400, ""},
          {std::string(kClick) + kClick, 400, ""},
          {std::string(kClick) + " x", 400, ""},
          {R"({"user_id":"u1",)", 400, ""},
          {R"({'user_id':'u1'})", 400, ""},
          {R"({"user_id":"u1","movie_id":"1","event_type":"click",})", 400, ""},
          {rating + R"("value":NaN})", 400, ""},
          {rating + R"("value":Infinity})", 400, ""},
          {rating + R"("value":+4})", 400, ""},
          {rating + R"("value":04})", 400, ""},
          {rating + R"("value":.5})", 400, ""},
          {rating + R"("value":1e999})", 400, ""},
          {"{\"user_id\":\"\xff\xfe\",\"movie_id\":\"1\",\"event_type\":\"click\"}", 400, ""},
          {"{\"user_id\":\"\xc0\xaf\",\"movie_id\":\"1\",\"event_type\":\"click\"}", 400, ""},
          {"{\"user_id\":\"a\nb\",\"movie_id\":\"1\",\"event_type\":\"click\"}", 400, ""},
          {with(R"("weight":9)"), 400, "/weight"},
          {with(R"("offset":"e:0")"), 400, "/offset"},
          {with(R"("a/b~c":1)"), 400, "/a~1b~0c"},
          {with(R"("value":5)"), 400, "/value"},
          {with(R"("user_id":"u2")"), 400, "/user_id"},
          {with(R"("us\u0065r_id":"u2")"), 400, "/user_id"},
          {std::string(100'000, '['), 400, ""},
          {R"({"value":)" + std::string(100'000, '['), 400, ""}};
}

/// Objects with a field that is missing or wrong.
std::vector<BadEvent> bad_fields() {
  const std::string rating = R"({"user_id":"u1","movie_id":"1","event_type":"rating",)";
  return {
      {"{}", 422, "/user_id"},
      {R"({"movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":"u1","event_type":"click"})", 422, "/movie_id"},
      {R"({"user_id":"u1","movie_id":"1"})", 422, "/event_type"},
      {R"({"user_id":1,"movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":null,"movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":["u"],"movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":{},"movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":"","movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":"a b","movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":"a/b","movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":"Amélie","movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":"a\u0000","movie_id":"1","event_type":"click"})", 422, "/user_id"},
      {R"({"user_id":")" + std::string(129, 'u') + R"(","movie_id":"1","event_type":"click"})", 422,
       "/user_id"},
      {R"({"user_id":"u1","movie_id":"<img>","event_type":"click"})", 422, "/movie_id"},
      {R"({"user_id":"u1","movie_id":"1","event_type":"buy"})", 422, "/event_type"},
      {R"({"user_id":"u1","movie_id":"1","event_type":"Click"})", 422, "/event_type"},
      {rating + R"("value":7})", 422, "/value"},
      {rating + R"("value":0})", 422, "/value"},
      {rating + R"("value":-1})", 422, "/value"},
      {rating + R"("value":1e308})", 422, "/value"},
      {rating + R"("value":"4"})", 422, "/value"},
      {rating + R"("value":true})", 422, "/value"},
      {rating + R"("value":null})", 422, "/value"},
      {R"({"user_id":"u1","movie_id":"1","event_type":"rating"})", 422, "/value"},
      {R"({"user_id":"u1","movie_id":"1","event_type":"view","value":1.01})", 422, "/value"},
      {R"({"user_id":"u1","movie_id":"1","event_type":"undo"})", 422, "/undoes"},
      {with(R"("event_id":"1")"), 422, "/event_id"},
      {with(R"("event_id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8")"), 422, "/event_id"},
      {with(R"("event_id":"01000000-0000-7000-8000-000000000000")"), 422, "/event_id"},
      {with(R"("session_id":"a b")"), 422, "/session_id"},
      {with(R"("list_id":7)"), 422, "/list_id"},
      {with(R"("position":0)"), 422, "/position"},
      {with(R"("position":1.5)"), 422, "/position"},
      {with(R"("position":"1")"), 422, "/position"},
      {with(R"("timestamp":"1800-01-01T00:00:00Z")"), 422, "/timestamp"},
      {with(R"("timestamp":"2200-01-01T00:00:00Z")"), 422, "/timestamp"},
      {with(R"("timestamp":"2025-02-30T00:00:00Z")"), 422, "/timestamp"},
      {with(R"("timestamp":"yesterday")"), 422, "/timestamp"},
      {with(R"("timestamp":1735689600)"), 422, "/timestamp"},
  };
}

std::vector<BadEvent> bad_events() {
  std::vector<BadEvent> all = broken_bodies();
  for (const BadEvent& bad : bad_fields()) all.push_back(bad);
  return all;
}

TEST_F(EventRoutes, RefusesBadEventsNamingTheFieldAndStoresNothing) {
  const auto table = bad_events();
  for (const auto& [body, status, pointer] : table) {
    expect_problem(post_event(body), status, pointer, body.substr(0, 200));
  }
  EXPECT_TRUE(log_.records().empty());
  EXPECT_EQ(ingestor_.totals().rejected, table.size());
  EXPECT_EQ(ingestor_.totals().received, table.size());
  EXPECT_EQ(post_event(kClick).status, 202);
}

TEST_F(EventRoutes, NamesEveryWrongFieldAtOnce) {
  const auto answer = post_event(R"({"user_id":"a b","movie_id":"","event_type":"x"})");
  for (const char* pointer : {"/user_id", "/movie_id", "/event_type"}) {
    expect_problem(answer, 422, pointer, pointer);
  }
}

TEST_F(EventRoutes, KeepsTheAnswerToAHostileBodyShort) {
  std::string body = "{";
  for (int i = 0; i < 20'000; ++i) body += "\"" + std::to_string(i) + "\":1,";
  body += "\"" + std::string(500'000, 'x') + "\":1}";
  const auto answer = post_event(body);
  EXPECT_EQ(answer.status, 400);
  EXPECT_LT(answer.body.size(), 4'000U);
}

TEST_F(EventRoutes, WantsJsonAsContentType) {
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "application/jsonx", "application/json-patch+json", "json"}) {
    expect_problem(post_event(kClick, type), 415, "", type);
  }
  expect_problem(ask(http::Method::kPost, "/api/events", kClick), 415, "", "no type at all");
  EXPECT_TRUE(log_.records().empty());
}

TEST_F(EventRoutes, TakesPostOnly) {
  const auto answer = get("/api/events");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(header_of(answer, "Allow"), "POST, OPTIONS");
}

class Receipts : public RoutesTest {
 protected:
  std::string target(std::uint64_t number) const {
    return "/api/events/" + testing::test_event_id(number).to_string();
  }
};

TEST_F(Receipts, FollowAnEventFromTheLogToTheState) {
  const testing::EventBuilder event = testing::EventBuilder("u1", "1").id(1);
  log_.push_unchecked(event.build(), event.fingerprint());
  const auto logged = get(target(1) + "?user_id=u1");
  EXPECT_EQ(logged.status, 200);
  EXPECT_EQ(logged.body, "{\"event_id\":\"" + testing::test_event_id(1).to_string() +
                             R"(","status":"logged","offset":"e:0",)"
                             R"("accepted_at":"2025-01-01T00:00:00.000Z"})");

  ASSERT_TRUE(
      profiles_.apply(testing::FoldBatchBuilder(profiles_).apply(event, 0, 0).build(1)).ok());
  state_.apply_up_to(1);
  const auto applied = get(target(1) + "?user_id=u1");
  EXPECT_THAT(applied.body, HasSubstr(R"("status":"applied","offset":"e:0")"));
  EXPECT_THAT(applied.body, HasSubstr(R"("applied_at":"2025-01-01T00:00:00.005Z")"));
}

TEST_F(Receipts, AreFoundBehindALongBacklog) {
  constexpr std::uint64_t kBacklog = 2'500;  // more than is read at once
  for (std::uint64_t i = 0; i < kBacklog; ++i) {
    const testing::EventBuilder event = testing::EventBuilder("u1", "1").id(i);
    log_.push_unchecked(event.build(), event.fingerprint());
  }
  const auto last = get(target(kBacklog - 1) + "?user_id=u1");
  EXPECT_THAT(last.body, HasSubstr(R"("status":"logged","offset":"e:2499")"));
  expect_problem(get(target(kBacklog) + "?user_id=u1"), 404, "", "never sent");
}

TEST_F(Receipts, AreUnavailableWhileTheLogOrTheStoreIs) {
  log_.fail_reads(Error{ErrorCode::kUnavailable, "the log is away"});
  expect_problem(get(target(1) + "?user_id=u1"), 503, "", "not 404: nobody knows");
  log_.repair();
  profiles_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "the store is away"});
  expect_problem(get(target(1) + "?user_id=u1"), 503, "", "not 404: nobody knows");
}

TEST_F(Receipts, AreTheViewersOwn) {
  const testing::EventBuilder event = testing::EventBuilder("u1", "1").id(1);
  log_.push_unchecked(event.build(), event.fingerprint());
  expect_problem(get(target(1) + "?user_id=u2"), 404, "", "another viewer");
  expect_problem(get(target(2) + "?user_id=u1"), 404, "", "another event");
}

TEST_F(Receipts, WantAViewerAndAnEventId) {
  expect_problem(get(target(1)), 422, "user_id", "missing");
  expect_problem(get("/api/events/7?user_id=u1"), 422, "event_id", "no UUID");
  expect_problem(get(target(1) + "?user_id=u1&x=1"), 400, "x", "unknown");
}

}  // namespace
}  // namespace marquee::api
