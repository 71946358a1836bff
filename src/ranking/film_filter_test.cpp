#include "ranking/film_filter.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

bool has(const Movie& film, const std::vector<std::string>& genres) {
  return std::any_of(genres.begin(), genres.end(), [&film](const std::string& genre) {
    return std::find(film.genres.begin(), film.genres.end(), genre) != film.genres.end();
  });
}

bool passes_by_definition(const Movie& film, const FilmWishes& wishes) {
  if (!wishes.genres.empty() && !has(film, wishes.genres)) return false;
  if (has(film, wishes.exclude_genres)) return false;
  if ((wishes.year_from || wishes.year_to) && !film.year) return false;
  if (wishes.year_from && *film.year < *wishes.year_from) return false;
  return !wishes.year_to || *film.year <= *wishes.year_to;
}

std::vector<std::string> some_genres(int most) {
  std::vector<std::string> genres;
  const int count = *rc::gen::inRange(0, most + 1);
  for (int i = 0; i < count; ++i) {
    genres.emplace_back(1, static_cast<char>('a' + *rc::gen::inRange(0, 5)));
  }
  return genres;
}

std::optional<int> some_year() {
  if (*rc::gen::inRange(0, 3) == 0) return std::nullopt;
  return *rc::gen::inRange(1990, 1997);
}

RC_GTEST_PROP(FilmFilter, PassesExactlyWhatTheWishesSay, ()) {
  std::vector<std::shared_ptr<const Movie>> movies;
  const auto count = *rc::gen::inRange<std::size_t>(0, 8);
  for (std::size_t i = 0; i < count; ++i) {
    auto film = std::make_shared<Movie>();
    film->genres = some_genres(3);
    film->year = some_year();
    movies.push_back(*rc::gen::inRange(0, 6) == 0 ? nullptr : std::move(film));
  }
  const FilmIndex index(movies);
  FilmWishes wishes{some_genres(2), some_genres(2), some_year(), some_year()};
  const FilmFilter filter(index, wishes);
  for (MovieKey key = 0; key < movies.size(); ++key) {
    // a key that is no film is like one of which nothing is known
    const Movie film = movies[key] ? *movies[key] : Movie{};
    RC_ASSERT(filter.passes(key) == passes_by_definition(film, wishes));
  }
}

TEST(FilmWishes, AreEmptyOnlyWithoutAnyWish) {
  EXPECT_TRUE(wish({}).empty());
  EXPECT_FALSE(wish({"a"}).empty());
  EXPECT_FALSE(wish({}, {"a"}).empty());
  EXPECT_FALSE(wish({}, {}, 0).empty());
  EXPECT_FALSE(wish({}, {}, std::nullopt, 0).empty());
}

TEST_F(FilmFilterTest, AGenreThatAFilmNamesTwiceIsNoTrouble) {
  add("Twice", 2000, {"Drama", "drama", "DRAMA"});
  index_ = FilmIndex(movies_);
  EXPECT_EQ(passing(wish({"drama"})), "4");
  EXPECT_EQ(index_.genres(), 4U) << "whatever their case";
}

}  // namespace
}  // namespace marquee::ranking
