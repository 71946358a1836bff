#include <string>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using RecommendationRoutes = RoutesTest;

TEST_F(RecommendationRoutes, AnswerAnUnknownViewerWithPopularTitles) {
  const auto answer = get("/api/recommendations?user_id=u1&limit=1");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body,
              ::testing::MatchesRegex(
                  R"(\{"user_id":"u1","recommendations":\[\{"movie_id":"2","title":"Heat",)"
                  R"("score":[0-9.e-]+,"rank":1,"year":1995,"genres":\["Action","Crime"\]\}\],)"
                  R"("source":"popular","generated_at":"2025-01-01T00:00:00.000Z",)"
                  R"("list_id":"[^"]+","model_version":null,"offset":null)"
                  R"((,"next_cursor":"[^"]+")?\})"));
  EXPECT_EQ(answer.tier, "popular");
}

TEST_F(RecommendationRoutes, TakeEveryParameter) {
  const auto answer =
      get("/api/recommendations?user_id=u1&limit=5&session_id=s&genre=Action,Animation"
          "&exclude_genre=Crime&year_from=1990&year_to=1999&exclude=3,4&diversity=0.5&explain=true"
          "&row=top_picks&profiling=off");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("\"movie_id\":\"1\""));
  for (const char* other : {"2", "3", "4"}) {
    EXPECT_THAT(answer.body, Not(HasSubstr(std::string("\"movie_id\":\"") + other + "\"")));
  }
}

TEST_F(RecommendationRoutes, NeverShowAWithdrawnFilm) {
  EXPECT_THAT(get("/api/recommendations?user_id=u1&limit=100").body, Not(HasSubstr("Withdrawn")));
}

TEST_F(RecommendationRoutes, RefuseBadParametersNamingThem) {
  struct Bad {
    std::string query;
    int status;
    std::string name;
  };
  const std::vector<Bad> table{
      {"", 422, "user_id"},
      {"user_id=", 422, "user_id"},
      {"user_id=a b", 422, "user_id"},
      {"user_id=" + std::string(129, 'u'), 422, "user_id"},
      {"user_id=u&limit=0", 422, "limit"},
      {"user_id=u&limit=-1", 422, "limit"},
      {"user_id=u&limit=101", 422, "limit"},
      {"user_id=u&limit=1e9", 422, "limit"},
      {"user_id=u&limit=NaN", 422, "limit"},
      {"user_id=u&limit=", 422, "limit"},
      {"user_id=u&limit=10.5", 422, "limit"},
      {"user_id=u&limit=+5", 422, "limit"},
      {"user_id=u&limit= 5", 422, "limit"},
      {"user_id=u&limit=0x10", 422, "limit"},
      {"user_id=u&limit=99999999999999999999", 422, "limit"},
      {"user_id=u&session_id=a/b", 422, "session_id"},
      {"user_id=u&genre=", 422, "genre"},
      {"user_id=u&exclude_genre=a,,b", 422, "exclude_genre"},
      {"user_id=u&year_from=abc", 422, "year_from"},
      {"user_id=u&year_to=99999", 422, "year_to"},
      {"user_id=u&exclude=a b", 422, "exclude"},
      {"user_id=u&exclude=,", 422, "exclude"},
      {"user_id=u&diversity=1.01", 422, "diversity"},
      {"user_id=u&diversity=-0.1", 422, "diversity"},
      {"user_id=u&diversity=nan", 422, "diversity"},
      {"user_id=u&diversity=inf", 422, "diversity"},
      {"user_id=u&explain=maybe", 422, "explain"},
      {"user_id=u&min_offset=5", 422, "min_offset"},
      {"user_id=u&min_offset=e:-1", 422, "min_offset"},
      {"user_id=u&row=unheard_of", 422, "row"},
      {"user_id=u&profiling=maybe", 422, "profiling"},
      {"user_id=u&cursor=nonsense!", 422, "cursor"},
      {"user_id=u&user_id=u", 400, "user_id"},
      {"user_id=u&limit=5&limit=5", 400, "limit"},
      {"user_id=u&weights=1", 400, "weights"},
      {"user_id=u&=1", 400, ""},
      {"user_id=u&USER_ID=u", 400, "USER_ID"},
  };
  for (const auto& [query, status, name] : table) {
    expect_problem(get("/api/recommendations?" + query), status, name, query);
  }
}

TEST_F(RecommendationRoutes, KeepTheAnswerToAHostileQueryShort) {
  std::string query = "user_id=u";
  for (int i = 0; i < 4'000; ++i) query += "&a";
  const auto answer = get("/api/recommendations?" + query);
  EXPECT_EQ(answer.status, 400);
  EXPECT_LT(answer.body.size(), 2'000U);
}

TEST_F(RecommendationRoutes, AnswerAtOnceWhenTheOffsetIsApplied) {
  state_.apply_up_to(6);
  const auto answer = get("/api/recommendations?user_id=u1&min_offset=e:5");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, Not(HasSubstr("stale")));
  EXPECT_TRUE(state_.deadlines().empty());
}

TEST_F(RecommendationRoutes, SayStaleWhenTheOffsetIsNotReachedWithin250Milliseconds) {
  state_.apply_up_to(5);
  const auto answer = get("/api/recommendations?user_id=u1&min_offset=e:5");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"stale\":true"));
  ASSERT_EQ(state_.deadlines().size(), 1U);
  EXPECT_EQ(state_.deadlines()[0] - clock_.steady(), std::chrono::milliseconds(250));
}

TEST_F(RecommendationRoutes, NameTheLastOffsetTheyInclude) {
  UserProfile profile;
  profile.version = 1;
  profile.history_size = 1;
  profile.last_offset = Offset{Offset::kEmbedded, 41};
  profile.state_of(*movies_.find("2")).seen = 1;
  state_.put("u1", profile);
  const auto answer = get("/api/recommendations?user_id=u1");
  EXPECT_THAT(answer.body, HasSubstr("\"offset\":\"e:41\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("\"movie_id\":\"2\""))) << "what was seen is no news";
}

TEST_F(RecommendationRoutes, ContinueAtTheCursor) {
  const auto first = get("/api/recommendations?user_id=u1&limit=1");
  const std::size_t at = first.body.find("\"next_cursor\":\"");
  ASSERT_NE(at, std::string::npos) << first.body;
  const std::string rest = first.body.substr(at + 15);
  const auto second =
      get("/api/recommendations?user_id=u1&limit=1&cursor=" + rest.substr(0, rest.find('"')));
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_THAT(second.body, Not(HasSubstr("\"movie_id\":\"2\"")));
}

}  // namespace
}  // namespace marquee::api
