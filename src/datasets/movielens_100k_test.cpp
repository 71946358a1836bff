#include <gtest/gtest.h>

#include "datasets/dataset_for_test.h"
#include "datasets/movielens.h"
#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kGenres =
    "unknown|0\nAction|1\nAdventure|2\nAnimation|3\nChildren's|4\nComedy|5\nCrime|6\n"
    "Documentary|7\nDrama|8\nFantasy|9\nFilm-Noir|10\nHorror|11\nMusical|12\nMystery|13\n"
    "Romance|14\nSci-Fi|15\nThriller|16\nWar|17\nWestern|18\n\n";
constexpr const char* kItems =
    "1|Invented Story (1995)|01-Jan-1995||http://example.org/1|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|"
    "0\n"
    "2|Beaut\xE9, La|01-Feb-1996||http://example.org/2|0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|1\n"
    "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n";
constexpr const char* kRatings = "196\t1\t3\t881250949\n186\t2\t5\t891717742\n";

class MovieLens100k : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_.write("u.genre", kGenres);
    directory_.write("u.item", kItems);
    directory_.write("u.data", kRatings);
  }
  TempDirectory directory_;
};

TEST_F(MovieLens100k, ReadsFilmsByTheirFlagsFromLatin1) {
  const auto dataset = open_or_fail(directory_.path());
  const auto movies = movies_of(*dataset);
  ASSERT_EQ(movies.size(), 3U);
  EXPECT_EQ(movies[0].title, "Invented Story");
  EXPECT_EQ(movies[0].year, 1995);
  EXPECT_EQ(movies[0].genres, (Lines{"Animation", "Children's", "Comedy"}));
  EXPECT_EQ(movies[1].title, "La Beauté");
  EXPECT_EQ(movies[1].year, 1996) << "of the release date, where the title has none";
  EXPECT_EQ(movies[1].genres, (Lines{"Drama", "Western"}));
  EXPECT_EQ(movies[2].title, "unknown");
  EXPECT_EQ(movies[2].year, std::nullopt);
  EXPECT_TRUE(movies[2].genres.empty());
}

TEST_F(MovieLens100k, ReadsRatingsBetweenTabs) {
  const auto events = events_of(*open_or_fail(directory_.path()));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].user_id, UserId("196"));
  EXPECT_EQ(events[0].value, 3.0);
  EXPECT_EQ(events[0].ts_ms, 881'250'949'000);
}

TEST_F(MovieLens100k, KnowsTheGenresWithoutTheirFile) {
  std::filesystem::remove(directory_.path() + "/u.genre");
  const auto movies = movies_of(*open_or_fail(directory_.path()));
  EXPECT_EQ(movies[0].genres, (Lines{"Animation", "Children's", "Comedy"}));
}

TEST_F(MovieLens100k, TakesTheNamesAndNumberOfGenresFromTheirFile) {
  directory_.write("u.genre", "unknown|0\nHeist|1\n");
  directory_.write("u.item", "1|A (1990)||||0|1\n");
  EXPECT_EQ(movies_of(*open_or_fail(directory_.path()))[0].genres, Lines{"Heist"});
  directory_.write("u.genre", "unknown|0\nHeist|5\n");
  EXPECT_FALSE(open_or_fail(directory_.path())->movies().ok());
}

TEST_F(MovieLens100k, SkipsMalformedLinesAndSaysWhy) {
  directory_.write("u.genre", "unknown|0\nHeist|1\n");
  directory_.write("u.item",
                   "1|A||||0|1\n1|B||||0|1\n2|C||||0\n3|D||||0|2\n4|||||0|1\n%|E||||0|1\n");
  directory_.write("u.data", "1\t1\t3\t1\n1\t1\t3\n1\t1\t7\t1\n");
  const auto dataset = open_or_fail(directory_.path(), 1.0);
  EXPECT_EQ(movies_of(*dataset).size(), 1U);
  EXPECT_EQ(events_of(*dataset).size(), 1U);
  EXPECT_EQ(skipped_of(*dataset),
            (Lines{"u.item:2: movieId is repeated", "u.item:3: not one flag for each genre",
                   "u.item:4: a genre's flag is not 0 or 1", "u.item:5: title is empty",
                   "u.item:6: movie id is no id", "u.data:2: not 4 fields",
                   "u.data:3: rating is no number from 0.5 to 5"}));
}

}  // namespace
}  // namespace marquee::datasets
