#include <gtest/gtest.h>

#include "datasets/dataset_for_test.h"
#include "datasets/movielens.h"
#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

using Lines = std::vector<std::string>;

/// Three invented films and as many ratings in the layout of 1M: Latin-1, whole stars.
void write_1m(const TempDirectory& directory) {
  directory.write("movies.dat",
                  "1::Invented, The (1995)::Animation|Children's|Comedy\n"
                  "2::Caf\xE9 der Tr\xE4ume (1932)::Drama\n"
                  "3952::Contender: Part II, A (2000)::Drama|Thriller\n");
  directory.write("ratings.dat",
                  "1::1::5::978300760\n"
                  "1::2::3::978302109\n"
                  "6040::3952::4::956704887\n");
  directory.write("users.dat", "1::F::1::10::48067\n");
}

TEST(MovieLensDat, Reads1MAndItsLatin1) {
  const TempDirectory directory;
  write_1m(directory);
  const auto dataset = open_or_fail(directory.path());
  const auto movies = movies_of(*dataset);
  ASSERT_EQ(movies.size(), 3U);
  EXPECT_EQ(
      movies[0],
      (Movie{
          MovieId("1"), "The Invented", 1995, {"Animation", "Children's", "Comedy"}, false, "{}"}));
  EXPECT_EQ(movies[1].title, "Café der Träume");
  EXPECT_EQ(movies[2].title, "A Contender: Part II");
  const auto events = events_of(*dataset);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2].user_id, UserId("6040"));
  EXPECT_EQ(events[2].value, 4.0);
  EXPECT_EQ(events[2].ts_ms, 956'704'887'000);
  EXPECT_EQ(dataset->skipped_count(), 0U);
}

TEST(MovieLensDat, Reads10MAndItsUtf8AndHalfStars) {
  const TempDirectory directory;
  directory.write("movies.dat",
                  "1::Café (Le Café) (1995)::Comedy\n"
                  "2::Nameless (1999)::(no genres listed)\n");
  directory.write("ratings.dat", "1::1::4.5::838985046\r\n1::2::5::838983525\r\n");
  const auto dataset = open_or_fail(directory.path());
  const auto movies = movies_of(*dataset);
  ASSERT_EQ(movies.size(), 2U);
  EXPECT_EQ(movies[0].title, "Café (Le Café)");
  EXPECT_TRUE(movies[1].genres.empty());
  EXPECT_EQ(events_of(*dataset)[0].value, 4.5);
}

TEST(MovieLensDat, TakesASeparatorInsideATitleAsPartOfIt) {
  const TempDirectory directory;
  write_1m(directory);
  directory.write("movies.dat", "5::Std::vector, A Love Story (2011)::Comedy|Romance\n");
  const auto movies = movies_of(*open_or_fail(directory.path()));
  ASSERT_EQ(movies.size(), 1U);
  EXPECT_EQ(movies[0].title, "Std::vector, A Love Story");
  EXPECT_EQ(movies[0].genres, (Lines{"Comedy", "Romance"}));
}

TEST(MovieLensDat, SkipsMalformedLinesAndSaysWhy) {
  const TempDirectory directory;
  directory.write("movies.dat",
                  "1::A (1990)::Drama\n1::B (1990)::Drama\n2:C (1990):Drama\nx y::D::Drama\n"
                  "4::::Drama\n5::E\x01::Drama\n6::F::Dra\x02ma\n");
  directory.write("ratings.dat", "1::1::5::1\n1::1::5\n1::1::9::1\n1::1::5::x\n\n::1::5::1\n");
  const auto dataset = open_or_fail(directory.path(), 1.0);
  EXPECT_EQ(movies_of(*dataset).size(), 1U);
  EXPECT_EQ(events_of(*dataset).size(), 1U);
  EXPECT_EQ(skipped_of(*dataset),
            (Lines{"movies.dat:2: movieId is repeated", "movies.dat:3: not 3 fields",
                   "movies.dat:4: movieId is no id", "movies.dat:5: title is empty",
                   "movies.dat:6: title holds a control character",
                   "movies.dat:7: genres hold a control character", "ratings.dat:2: not 4 fields",
                   "ratings.dat:3: rating is no number from 0.5 to 5",
                   "ratings.dat:4: timestamp is no time from 1970 to 2100",
                   "ratings.dat:6: userId is no id"}));
}

TEST(MovieLensDat, WantsBothFiles) {
  const TempDirectory directory;
  directory.write("movies.dat", "1::A (1990)::Drama\n");
  const auto opened = open_directory(directory.path(), {});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("movies.dat and ratings.dat"), std::string::npos);
}

}  // namespace
}  // namespace marquee::datasets
