#include "ranking/film_filter.h"

#include <gtest/gtest.h>

namespace marquee::ranking {
namespace {

FilmWishes wish(std::vector<std::string> genres, std::vector<std::string> exclude = {},
                std::optional<int> from = std::nullopt, std::optional<int> to = std::nullopt) {
  return FilmWishes{std::move(genres), std::move(exclude), from, to};
}

class FilmFilterTest : public ::testing::Test {
 protected:
  FilmFilterTest() {
    add("Alien", 1979, {"Horror", "Sci-Fi"});
    add("Big", 1988, {"Comedy"});
    add("Undated", std::nullopt, {"Comedy", "Horror"});
    movies_.push_back(nullptr);  // a key that is no film
    index_ = FilmIndex(movies_);
  }
  void add(const std::string& title, std::optional<int> year, std::vector<std::string> genres) {
    auto movie = std::make_shared<Movie>();
    movie->id = MovieId(title);
    movie->title = title;
    movie->year = year;
    movie->genres = std::move(genres);
    movies_.push_back(std::move(movie));
  }
  std::string passing(const FilmWishes& wishes) const {
    const FilmFilter filter(index_, wishes);
    std::string keys;
    for (MovieKey key = 0; key < 6; ++key) {
      if (filter.passes(key)) keys += std::to_string(key);
    }
    return keys;
  }

  std::vector<std::shared_ptr<const Movie>> movies_;
  FilmIndex index_;
};

TEST_F(FilmFilterTest, TakesAnyOfTheGenresWhateverTheirCase) {
  EXPECT_EQ(passing(wish({"horror"})), "02");
  EXPECT_EQ(passing(wish({"SCI-FI", "comedy"})), "012");
}

TEST_F(FilmFilterTest, NoFilmHasAnUnknownGenre) {
  EXPECT_EQ(passing(wish({"opera"})), "");
  EXPECT_EQ(passing(wish({"comedy"}, {"opera"})), "12");
}

TEST_F(FilmFilterTest, ExcludedGenresWin) { EXPECT_EQ(passing(wish({"comedy"}, {"Horror"})), "1"); }

TEST_F(FilmFilterTest, YearsAreInclusiveAndAFilmWithoutOneFails) {
  EXPECT_EQ(passing(wish({}, {}, 1979, 1979)), "0");
  EXPECT_EQ(passing(wish({}, {}, 1980)), "1");
  EXPECT_EQ(passing(wish({}, {}, std::nullopt, 2000)), "01");
}

TEST_F(FilmFilterTest, IndexKnowsGenresAndYears) {
  EXPECT_EQ(index_.year_of(0), 1979);
  EXPECT_EQ(index_.year_of(2), FilmIndex::kNoYear);
  EXPECT_EQ(index_.year_of(99), FilmIndex::kNoYear);
  EXPECT_EQ(index_.genres_of(0).size(), 2U);
  EXPECT_TRUE(index_.genres_of(99).empty());
  EXPECT_TRUE(index_.genre("HORROR").has_value());
}

}  // namespace
}  // namespace marquee::ranking
