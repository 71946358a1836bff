#include <string>

#include "api/fixture_for_test.h"

namespace marquee::api {
namespace {

using http::Method;
using ::testing::HasSubstr;
using ::testing::Not;

using MovieRoutes = RoutesTest;

TEST_F(MovieRoutes, ListTheCatalogueByPopularity) {
  const auto answer = get("/api/movies?limit=2");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              ::testing::StartsWith(R"({"movies":[{"movie_id":"2","title":"Heat","year":1995,)"
                                    R"("genres":["Action","Crime"],"popularity":)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("total":3)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("Withdrawn")));
}

TEST_F(MovieRoutes, PageThroughEverythingOnce) {
  std::string target = "/api/movies?limit=1&sort=title";
  std::string seen;
  for (int page = 0; page < 3; ++page) {
    const auto answer = get(target);
    const std::size_t id = answer.body.find("\"movie_id\":\"");
    ASSERT_NE(id, std::string::npos) << answer.body;
    seen += answer.body[id + 12];
    const std::size_t at = answer.body.find("\"next_cursor\":\"");
    EXPECT_EQ(at == std::string::npos, page == 2);
    if (at == std::string::npos) break;
    const std::string rest = answer.body.substr(at + 15);
    target = "/api/movies?limit=1&sort=title&cursor=" + rest.substr(0, rest.find('"'));
  }
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre('1', '2', '3'));
}

TEST_F(MovieRoutes, SearchWithoutMindingAccentsAndTakeAnEmptyBox) {
  EXPECT_THAT(get("/api/movies?query=amelie").body, HasSubstr("Amélie"));
  EXPECT_THAT(get("/api/movies?query=").body, HasSubstr(R"("total":3)"));
  EXPECT_THAT(get("/api/movies?genre=Crime").body, HasSubstr(R"("total":1)"));
  EXPECT_THAT(get("/api/movies?year_from=2000&year_to=2005").body, HasSubstr(R"("total":1)"));
}

TEST_F(MovieRoutes, FindAFilmWhoseTitleIsMisspelt) {
  EXPECT_THAT(get("/api/movies?query=amleie").body, HasSubstr("Amélie"));
  EXPECT_THAT(get("/api/movies?query=amleie&year_to=1990").body, HasSubstr(R"("total":0)"));
}

TEST_F(MovieRoutes, TellGenresAndYearsOfTheCatalogue) {
  const auto answer = get("/api/genres");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"genres":[{"genre":"Action","movies":1},{"genre":"Animation","movies":1},)"
            R"({"genre":"Crime","movies":1},{"genre":"Romance","movies":1}],)"
            R"("year_from":1995,"year_to":2001})");
  EXPECT_EQ(get("/api/genres", {{"if-none-match", header_of(answer, "ETag")}}).status, 304);
  expect_problem(get("/api/genres?x=1"), 400, "x", "parameter");
}

TEST_F(MovieRoutes, TellTheGenresOfAnEmptyCatalogue) {
  recommendations_.set_catalog(nullptr);
  EXPECT_EQ(get("/api/genres").body, R"({"genres":[],"year_from":null,"year_to":null})");
}

TEST_F(MovieRoutes, RefuseBadParametersNamingThem) {
  const std::vector<std::tuple<std::string, int, std::string>> table{
      {"limit=0", 422, "limit"},
      {"limit=1e9", 422, "limit"},
      {"limit=-1", 422, "limit"},
      {"sort=best", 422, "sort"},
      {"sort=for_me", 422, "user_id"},
      {"year_from=x", 422, "year_from"},
      {"cursor=x", 422, "cursor"},
      {"cursor=m-1", 422, "cursor"},
      {"cursor=m", 422, "cursor"},
      {"cursor=m99999999999999999999", 422, "cursor"},
      {"genre=", 422, "genre"},
      {"user_id=a b", 422, "user_id"},
      {"query=" + std::string(2'000, 'q'), 422, "query"},
      {"q=x", 400, "q"},
      {"limit=1&limit=1", 400, "limit"}};
  for (const auto& [query, status, name] : table) {
    expect_problem(get("/api/movies?" + query), status, name, query);
  }
}

TEST_F(MovieRoutes, SaveTheBodyWhenTheClientHasIt) {
  const auto first = get("/api/movies");
  const std::string etag = header_of(first, "ETag");
  ASSERT_THAT(etag, ::testing::MatchesRegex("\"[0-9a-f]+\""));
  for (const std::string& known :
       {etag, "\"other\", " + etag, etag.substr(0, etag.size() - 1) + "-gzip\""}) {
    const auto again = get("/api/movies", {{"if-none-match", known}});
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(header_of(again, "ETag"), etag);
  }
  EXPECT_EQ(get("/api/movies?limit=1", {{"if-none-match", etag}}).status, 200);
}

TEST_F(MovieRoutes, ShowOneFilm) {
  const auto answer = get("/api/movies/2");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"movie_id":"2","title":"Heat","year":1995,)"
                         R"("genres":["Action","Crime"],"popularity":1,"metadata":{}})");
  expect_problem(get("/api/movies/99"), 404, "", "unknown");
  expect_problem(get("/api/movies/4"), 404, "", "withdrawn");
  expect_problem(get("/api/movies/a b"), 422, "id", "bad id");
  expect_problem(get("/api/movies/2?x=1"), 400, "x", "unknown parameter");
}

TEST_F(MovieRoutes, ShowFilmsLikeOneFilm) {
  const auto answer = get("/api/movies/2/similar?limit=5");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"movie_id":"2","similar":[]})") << "no film shares a genre with Heat";
  std::vector<Movie> films{testing::test_movie("2", "Heat", 1995, {"Action", "Crime"}),
                           testing::test_movie("5", "Ronin", 1998, {"Action", "Crime"}),
                           testing::test_movie("6", "Speed", 1994, {"Action"}),
                           testing::test_movie("7", "Withdrawn", 1994, {"Action"})};
  films[3].hidden = true;
  recommendations_.set_catalog(serving::make_catalog(films, movies_));
  const auto both = get("/api/movies/2/similar");
  EXPECT_EQ(both.body, R"({"movie_id":"2","similar":[{"movie_id":"5","title":"Ronin","score":1},)"
                       R"({"movie_id":"6","title":"Speed","score":0.5}]})");
  EXPECT_THAT(get("/api/movies/2/similar?limit=1").body, Not(HasSubstr("Speed")));
  EXPECT_EQ(get("/api/movies/2/similar", {{"if-none-match", header_of(both, "ETag")}}).status, 304);
  expect_problem(get("/api/movies/99/similar"), 404, "", "unknown");
  expect_problem(get("/api/movies/7/similar"), 404, "", "withdrawn");
  expect_problem(get("/api/movies/a b/similar"), 422, "id", "bad id");
  expect_problem(get("/api/movies/2/similar?limit=101"), 422, "limit", "limit");
  expect_problem(get("/api/movies/2/similar?count=1"), 400, "count", "unknown parameter");
}

TEST_F(MovieRoutes, AreChangedByOperatorsOnly) {
  const std::string body = R"({"title":"New","year":2020,"genres":["Drama"]})";
  for (const auto& [method, target] :
       {std::pair{Method::kPut, "/api/movies/9"}, std::pair{Method::kDelete, "/api/movies/1"}}) {
    expect_problem(ask(method, target, body, {{"content-type", "application/json"}}), 401, "",
                   target);
    const auto wrong = ask(method, target, body,
                           {{"content-type", "application/json"}, {"authorization", "Bearer x"}});
    expect_problem(wrong, 401, "", target);
    EXPECT_EQ(wrong.body.find(token_.text()), std::string::npos);
  }
  EXPECT_TRUE(operations_.put_.empty());
  EXPECT_TRUE(operations_.hidden_.empty());
}

TEST_F(MovieRoutes, ArePutAndHidden) {
  const auto put =
      as_operator(Method::kPut, "/api/movies/9",
                  R"({"title":"New","year":2020,"genres":["Drama"],"metadata":{"a":1}})");
  EXPECT_EQ(put.status, 200) << put.body;
  ASSERT_EQ(operations_.put_.size(), 1U);
  EXPECT_EQ(operations_.put_[0].id.value(), "9");
  EXPECT_EQ(operations_.put_[0].year, 2020);
  EXPECT_EQ(operations_.put_[0].metadata, R"({"a":1})");
  EXPECT_EQ(as_operator(Method::kDelete, "/api/movies/9").status, 204);
  EXPECT_THAT(operations_.hidden_, ::testing::ElementsAre("9"));
  expect_problem(as_operator(Method::kDelete, "/api/movies/missing"), 404, "", "missing");
}

TEST_F(MovieRoutes, CountTitlesAndGenresInCharacters) {
  const auto put = [this](std::size_t title, std::size_t genre) {
    std::string body = R"({"title":")";
    for (std::size_t i = 0; i < title; ++i) body += "映";  // three bytes
    body += R"(","genres":[")";
    for (std::size_t i = 0; i < genre; ++i) body += "é";  // two bytes
    return as_operator(Method::kPut, "/api/movies/9", body + "\"]}");
  };
  EXPECT_EQ(put(500, 100).status, 200);
  expect_problem(put(501, 100), 422, "/title", "one too many");
  expect_problem(put(500, 101), 422, "/genres", "one too many");
}

TEST_F(MovieRoutes, RefuseBadFilmsNamingTheField) {
  const std::vector<std::tuple<std::string, int, std::string>> table{
      {"", 400, ""},
      {"[]", 400, ""},
      {"{}", 422, "/title"},
      {R"({"title":""})", 422, "/title"},
      {R"({"title":7})", 422, "/title"},
      {R"({"title":")" + std::string(3'000, 't') + R"("})", 422, "/title"},
      {R"({"title":"T","year":1700})", 422, "/year"},
      {R"({"title":"T","year":2020.5})", 422, "/year"},
      {R"({"title":"T","year":-1e300})", 422, "/year"},
      {R"({"title":"T","year":"2020"})", 422, "/year"},
      {R"({"title":"T","genres":"Drama"})", 422, "/genres"},
      {R"({"title":"T","genres":[1]})", 422, "/genres"},
      {R"({"title":"T","genres":[""]})", 422, "/genres"},
      {R"({"title":"T","metadata":[]})", 422, "/metadata"},
      {R"({"title":"T","hidden":false})", 400, "/hidden"},
      {R"({"title":"T","title":"U"})", 400, "/title"}};
  for (const auto& [body, status, pointer] : table) {
    expect_problem(as_operator(Method::kPut, "/api/movies/9", body), status, pointer, body);
  }
  expect_problem(as_operator(Method::kPut, "/api/movies/a b", R"({"title":"T"})"), 422, "id", "id");
  EXPECT_TRUE(operations_.put_.empty());
}

}  // namespace
}  // namespace marquee::api
