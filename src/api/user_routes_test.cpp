#include <string>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class UserRoutes : public RoutesTest {
 protected:
  void apply(const std::vector<testing::EventBuilder>& events) {
    testing::FoldBatchBuilder batch(profiles_);
    std::uint64_t next = 0;
    for (const auto& event : events) {
      batch.apply(event, next, next);
      ++next;
    }
    const auto applied = profiles_.apply(batch.build(next));
    ASSERT_TRUE(applied.ok()) << applied.error().message;
  }
};

TEST_F(UserRoutes, ShowTheHistoryNewestFirst) {
  apply({testing::EventBuilder("u1", "1").id(1),
         testing::EventBuilder("u1", "unlisted", EventType::kRating).id(2).value(4.5).at(1'000)});
  const auto answer = get("/api/users/u1/history");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              ::testing::StartsWith("{\"user_id\":\"u1\",\"history\":[{\"event_id\":\"" +
                                    testing::test_event_id(2).to_string()));
  EXPECT_THAT(answer.body, HasSubstr(R"("movie_id":"unlisted")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("event_type":"rating","value":4.5,)"
                                     R"("ts":"2025-01-01T00:00:01.000Z")"));
  EXPECT_THAT(answer.body, HasSubstr("\"movie_id\":\"1\",\"title\":\"Toy Story (1995)\","
                                     R"("event_type":"click","value":null)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("next_cursor")));
}

TEST_F(UserRoutes, RefuseTheServersOwnViewersAsEveryRouteDoes) {
  for (const char* path : {"/api/users/marquee:canary/history", "/api/users/marquee:x/profile",
                           "/api/users/marquee:canary/stream"}) {
    expect_problem(get(path), 422, "id", path);
  }
  for (const char* path :
       {"/api/recommendations?user_id=marquee:canary",
        "/api/recommendations?user_id=marquee:canary&row=popular",
        "/api/movies?user_id=marquee:canary&sort=for_me",
        "/api/events/01890000-0000-7000-8000-000000000000?user_id=marquee:canary"}) {
    expect_problem(get(path), 422, "user_id", path);
  }
  EXPECT_EQ(get("/api/users/marquee/history").status, 200) << "the prefix is with its colon";
}

TEST_F(UserRoutes, PageThroughTheWholeHistory) {
  std::vector<testing::EventBuilder> events;
  for (std::uint64_t i = 0; i < 7; ++i) {
    events.push_back(testing::EventBuilder("u1", "1").id(i).at(static_cast<std::int64_t>(i)));
  }
  apply(events);
  std::string target = "/api/users/u1/history?limit=3";
  std::size_t shown = 0;
  for (int page = 0; page < 5; ++page) {
    const auto answer = get(target);
    for (std::size_t at = answer.body.find("event_id"); at != std::string::npos;
         at = answer.body.find("event_id", at + 1)) {
      ++shown;
    }
    const std::size_t at = answer.body.find("\"next_cursor\":\"");
    if (at == std::string::npos) break;
    const std::string rest = answer.body.substr(at + 15);
    target = "/api/users/u1/history?limit=3&cursor=" + rest.substr(0, rest.find('"'));
  }
  EXPECT_EQ(shown, 7U);
}

TEST_F(UserRoutes, AnswerAViewerWithoutEvents) {
  EXPECT_EQ(get("/api/users/nobody/history").body, R"({"user_id":"nobody","history":[]})");
  EXPECT_EQ(get("/api/users/nobody/profile").body,
            R"({"user_id":"nobody","interactions":0,"genres":[],"decades":[],"ratings":{}})");
}

TEST_F(UserRoutes, SumUpAViewersTaste) {
  apply({testing::EventBuilder("u1", "2", EventType::kRating).id(1).value(2),
         testing::EventBuilder("u1", "2", EventType::kRating).id(2).value(4),
         testing::EventBuilder("u1", "3").id(3),
         testing::EventBuilder("u1", "1", EventType::kImpression).id(4)});
  const auto answer = get("/api/users/u1/profile");
  EXPECT_EQ(
      answer.body,
      R"({"user_id":"u1","interactions":3,"genres":[)"
      R"({"genre":"Action","share":0.5,"average":4},{"genre":"Crime","share":0.5,"average":4},)"
      R"({"genre":"Romance","share":0.5,"average":null}],)"
      R"("decades":[{"decade":1990,"films":1},{"decade":2000,"films":1}],)"
      R"("ratings":{"4":1}})");
}

TEST_F(UserRoutes, RefuseBadInput) {
  const std::vector<std::tuple<std::string, int, std::string>> table{
      {"/api/users/a b/history", 422, "id"},
      {"/api/users/" + std::string(129, 'u') + "/profile", 422, "id"},
      {"/api/users/u/history?limit=0", 422, "limit"},
      {"/api/users/u/history?limit=1001", 422, "limit"},
      {"/api/users/u/history?cursor=", 422, "cursor"},
      {"/api/users/u/history?cursor=h", 422, "cursor"},
      {"/api/users/u/history?cursor=h-1", 422, "cursor"},
      {"/api/users/u/history?cursor=h99999999999999999999999", 422, "cursor"},
      {"/api/users/u/history?page=2", 400, "page"},
      {"/api/users/u/profile?x=1", 400, "x"}};
  for (const auto& [target, status, name] : table) {
    expect_problem(get(target), status, name, target);
  }
}

TEST_F(UserRoutes, SayWhenTheStoreIsAway) {
  profiles_.fail_next_reads(2, Error{ErrorCode::kUnavailable, "the store is away"});
  for (const char* target : {"/api/users/u/history", "/api/users/u/profile"}) {
    expect_problem(get(target), 503, "", target);
  }
}

}  // namespace
}  // namespace marquee::api
