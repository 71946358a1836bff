// Goal: a row of a list says of its film what the catalogue says of it, at this moment.

#include "api/film_json.h"

#include <thread>

#include <gtest/gtest.h>

#include "testing/event_builder.h"

namespace marquee::api {
namespace {

using serving::make_catalog;
using testing::test_movie;

class FilmJsonTest : public ::testing::Test {
 protected:
  std::shared_ptr<const serving::Catalog> catalog(const std::string& title) {
    return make_catalog({test_movie("a", title, 1999, {"Drama", "War \"cold\""}),
                         test_movie("b", "Other", std::nullopt, {})},
                        movies_);
  }
  MovieKey key(const std::string& id) { return movies_.intern(MovieId(id)); }

  MovieTable movies_;
};

TEST_F(FilmJsonTest, HasTheMembersOfAFilmInTwoParts) {
  const FilmJson films(catalog("A \"Title\""));
  const auto* both = films.of(key("a"));
  ASSERT_NE(both, nullptr);
  EXPECT_EQ(both->head, R"({"movie_id":"a","title":"A \"Title\"","score":)");
  EXPECT_EQ(both->tail, R"(,"year":1999,"genres":["Drama","War \"cold\""])");
  EXPECT_EQ(films.of(key("b"))->tail, R"(,"year":null,"genres":[])");
  EXPECT_EQ(films.of(key("a")), both) << "written once";
}

TEST_F(FilmJsonTest, HasNothingOfWhatIsNoFilm) {
  const auto before = catalog("Title");
  const MovieKey unknown = key("met-in-an-event");
  EXPECT_EQ(FilmJson(before).of(unknown), nullptr);
  EXPECT_EQ(FilmJson(before).of(1'000'000), nullptr);
}

TEST_F(FilmJsonTest, FollowsTheCatalogue) {
  CurrentFilmJson current;
  const auto before = catalog("Before");
  const auto films = current.of(before);
  EXPECT_EQ(current.of(before), films);
  const auto edited = current.of(catalog("After"));
  EXPECT_EQ(edited->of(key("a"))->head, R"({"movie_id":"a","title":"After","score":)");
  EXPECT_EQ(films->of(key("a"))->head, R"({"movie_id":"a","title":"Before","score":)")
      << "who had it keeps it";
}

TEST_F(FilmJsonTest, IsTheSameForAllWhoAskAtOnce) {
  std::vector<Movie> many;
  for (int i = 0; i < 200; ++i) many.push_back(test_movie("m" + std::to_string(i), "T"));
  const FilmJson films(make_catalog(many, movies_));
  std::vector<std::jthread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (MovieKey movie = 0; movie < 200; ++movie) {
        const std::string id = movies_.id_of(movie).value();
        EXPECT_EQ(films.of(movie)->head, R"({"movie_id":")" + id + R"(","title":"T","score":)");
      }
    });
  }
}

}  // namespace
}  // namespace marquee::api
