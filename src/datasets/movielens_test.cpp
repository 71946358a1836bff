#include "datasets/movielens.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

constexpr const char* kMoviesCsv =
    "movieId,title,genres\n"
    "1,Toy Story (1995),Adventure|Animation\n"
    "11,\"American President, The (1995)\",Comedy|Drama|Romance\n"
    "40697,Babylon 5,(no genres listed)\n";
constexpr const char* kRatingsCsv =
    "userId,movieId,rating,timestamp\n"
    "1,1,4.0,964982703\n"
    "1,11,0.5,964981247\n"
    "2,1,5.0,1445714835\n";

/// A MovieLens directory; every file can be replaced.
class MovieLensTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write("movies.csv", kMoviesCsv);
    write("ratings.csv", kRatingsCsv);
  }
  void write(const char* name, const std::string& content) { directory_.write(name, content); }
  std::unique_ptr<Dataset> open(double skipped_share_max = 0.001) {
    auto dataset = open_directory(directory_.path(), {skipped_share_max});
    EXPECT_TRUE(dataset.ok()) << dataset.error().message;
    return std::move(dataset).value();
  }
  static std::vector<Event> events_of(Dataset& dataset) {
    std::vector<Event> events;
    const auto result = dataset.interactions([&events](Event event) -> Result<void> {
      events.push_back(std::move(event));
      return {};
    });
    EXPECT_TRUE(result.ok()) << result.error().message;
    return events;
  }
  /// The reason for which one more line of ratings.csv is skipped.
  std::string reason_for(const std::string& line) {
    write("ratings.csv", kRatingsCsv + line + "\n");
    const auto dataset = open(1.0);
    EXPECT_EQ(events_of(*dataset).size(), 3U) << line;
    EXPECT_EQ(dataset->skipped_count(), 1U) << line;
    if (dataset->skipped().size() != 1) return "";
    EXPECT_EQ(dataset->skipped()[0].line, 5U);
    EXPECT_EQ(dataset->skipped()[0].file, "ratings.csv");
    return dataset->skipped()[0].reason;
  }

  TempDirectory directory_;
};

TEST_F(MovieLensTest, ReadsFilmsWithYearsAndGenres) {
  const auto movies = open()->movies();
  ASSERT_TRUE(movies.ok()) << movies.error().message;
  ASSERT_EQ(movies->size(), 3U);
  EXPECT_EQ((*movies)[0],
            (Movie{MovieId("1"), "Toy Story", 1995, {"Adventure", "Animation"}, false, "{}"}));
  EXPECT_EQ((*movies)[1].title, "The American President");
  EXPECT_EQ((*movies)[2].year, std::nullopt);
  EXPECT_TRUE((*movies)[2].genres.empty());
}

TEST_F(MovieLensTest, TakesTheIdsOfOtherCataloguesAsMetadata) {
  write("links.csv", "movieId,imdbId,tmdbId\n1,0114709,862\n11,112346,\n99,0000001,1\n");
  const auto movies = open()->movies();
  ASSERT_TRUE(movies.ok()) << movies.error().message;
  EXPECT_EQ((*movies)[0].metadata, R"({"imdb_id":"tt0114709","tmdb_id":"862"})");
  EXPECT_EQ((*movies)[1].metadata, R"({"imdb_id":"tt0112346"})");
  EXPECT_EQ((*movies)[2].metadata, "{}");
}

TEST_F(MovieLensTest, TurnsRatingsIntoEvents) {
  const auto events = events_of(*open());
  ASSERT_EQ(events.size(), 3U);
  const Event& first = events[0];
  EXPECT_EQ(first.user_id, UserId("1"));
  EXPECT_EQ(first.movie_id, MovieId("1"));
  EXPECT_EQ(first.type, EventType::kRating);
  EXPECT_EQ(first.value, 4.0);
  EXPECT_EQ(first.ts_ms, 964'982'703'000);
  EXPECT_EQ(first.accepted_at_ms, first.ts_ms);
  EXPECT_TRUE(first.event_id.is_v7());
  EXPECT_EQ(first.event_id.v7_ms(), first.ts_ms);
}

TEST_F(MovieLensTest, GivesTheSameIdsEveryTimeAndDifferentOnesToDifferentRatings) {
  const auto events = events_of(*open());
  EXPECT_EQ(events, events_of(*open()));
  std::set<std::string> ids;
  for (const Event& event : events) ids.insert(event.event_id.to_string());
  EXPECT_EQ(ids.size(), events.size());
  // pinned: ids are stored, so they must come out the same in every version and on every machine
  EXPECT_EQ(events[0].event_id.to_string(), "00e0ad73-8398-7361-a56c-dab32616772c");
}

TEST_F(MovieLensTest, ReadsCrlfAndAByteOrderMark) {
  write("movies.csv", "\xEF\xBB\xBFmovieId,title,genres\r\n7,\"Odd, \"\"Q\"\" (1999)\",Drama\r\n");
  write("ratings.csv", "\xEF\xBB\xBFuserId,movieId,rating,timestamp\r\n1,7,3.5,1000\r\n");
  const auto dataset = open();
  const auto movies = dataset->movies();
  ASSERT_TRUE(movies.ok());
  EXPECT_EQ((*movies)[0].title, "Odd, \"Q\"");
  EXPECT_EQ((*movies)[0].genres, std::vector<std::string>{"Drama"});
  EXPECT_EQ(events_of(*dataset).size(), 1U);
}

TEST_F(MovieLensTest, SkipsALineThatIsNoRatingAndSaysWhy) {
  EXPECT_EQ(reason_for("1,1,4.0"), "not 4 fields");
  EXPECT_EQ(reason_for("1,1,4.0,1,2"), "not 4 fields");
  EXPECT_EQ(reason_for("1 2,1,4.0,1"), "userId is no id");
  EXPECT_EQ(reason_for(",1,4.0,1"), "userId is no id");
  EXPECT_EQ(reason_for("1,\xFF,4.0,1"), "movieId is no id");
  for (const char* rating : {"7", "0", "-1", "nan", "inf", "", "4.0x", "1e9"}) {
    EXPECT_EQ(reason_for(fmt::format("1,1,{},1", rating)), "rating is no number from 0.5 to 5");
  }
  for (const char* time : {"-5", "", "x", "7258118400", "99999999999999999999"}) {
    EXPECT_EQ(reason_for(fmt::format("1,1,4,{}", time)), "timestamp is no time from 1970 to 2100");
  }
  EXPECT_EQ(reason_for("1,\"1,4.0,1"), "broken quotes");
}

TEST_F(MovieLensTest, SkipsAFilmThatIsNoneAndKeepsOddText) {
  write("movies.csv", std::string(kMoviesCsv) +
                          "1,Again (1990),Drama\nx y,Bad id,Drama\n12,\xC3(,Drama\n"
                          "13,,Drama\n14,<b>\u202Ebold</b> (2000),Drama||Drama|War\n");
  const auto dataset = open(1.0);
  const auto movies = dataset->movies();
  ASSERT_TRUE(movies.ok());
  ASSERT_EQ(movies->size(), 4U);
  EXPECT_EQ((*movies)[3].title, "<b>\u202Ebold</b>");
  EXPECT_EQ((*movies)[3].genres, (std::vector<std::string>{"Drama", "War"}));
  std::vector<std::string> reasons;
  for (const SkippedLine& line : dataset->skipped()) reasons.push_back(line.reason);
  EXPECT_EQ(reasons, (std::vector<std::string>{"movieId is repeated", "movieId is no id",
                                               "not UTF-8", "title is empty"}));
}

TEST_F(MovieLensTest, CountsWhatIsSkippedOnceHoweverOftenItReads) {
  write("ratings.csv", std::string(kRatingsCsv) + "bad\n");
  const auto dataset = open(1.0);
  events_of(*dataset);
  events_of(*dataset);
  EXPECT_EQ(dataset->skipped_count(), 1U);
  EXPECT_EQ(dataset->skipped().size(), 1U);
}

TEST_F(MovieLensTest, FailsPastTheAllowedShareNamingFileLineAndReason) {
  std::string ratings = kRatingsCsv;
  for (int i = 0; i < 1'000; ++i) ratings += fmt::format("3,{},3.0,{}\n", i, 1'000'000 + i);
  write("ratings.csv", ratings + "bad\n");
  const auto dataset = open();
  EXPECT_EQ(events_of(*dataset).size(), 1'003U);
  EXPECT_EQ(dataset->skipped_count(), 1U);

  write("ratings.csv", ratings + "bad\nworse\n");
  const auto result = open()->interactions([](Event) -> Result<void> { return {}; });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(result.error().message,
            "ratings.csv:1006: not 4 fields; 2 of 1006 lines are malformed, 0.1 % are allowed: "
            "mend the file or raise import.skipped_share_max");
}

TEST_F(MovieLensTest, GivesUpEarlyOnAFileThatIsNoRatings) {
  std::string garbage = kRatingsCsv;
  for (int i = 0; i < 200'000; ++i) garbage += "no rating at all\n";
  write("ratings.csv", garbage);
  const auto dataset = open();
  EXPECT_FALSE(dataset->interactions([](Event) -> Result<void> { return {}; }).ok());
  EXPECT_LT(dataset->skipped_count(), 2'000U);
  EXPECT_EQ(dataset->skipped().size(), 100U);
}

TEST_F(MovieLensTest, StopsWithTheErrorOfTheCallback) {
  int calls = 0;
  const auto result = open()->interactions([&calls](Event) -> Result<void> {
    if (++calls == 2) return Error{ErrorCode::kResourceExhausted, "disk full"};
    return {};
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "disk full");
  EXPECT_EQ(calls, 2);
}

TEST_F(MovieLensTest, IsNamedAfterItsDirectory) {
  EXPECT_EQ(open()->name(),
            "MovieLens " + std::filesystem::path(directory_.path()).filename().string());
}

TEST(OpenDirectory, SaysWhatItLookedFor) {
  const TempDirectory directory;
  const auto empty = open_directory(directory.path(), {});
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(empty.error().message.find("movies.csv (movieId,title,genres)"), std::string::npos);

  const auto missing = open_directory(directory.path() + "/none", {});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);

  const auto file = open_directory(directory.write("file", "x"), {});
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument);
}

TEST(OpenDirectory, TellsALayoutByItsHeaders) {
  const TempDirectory directory;
  directory.write("movies.csv", "movieId,title\n");
  directory.write("ratings.csv", kRatingsCsv);
  const auto opened = open_directory(directory.path(), {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(MovieLensTest, ReadsTheCopyOf20MWithOtherNamesAndTimesInWords) {
  const TempDirectory directory;
  directory.write("movie.csv", "\"movieId\",\"title\",\"genres\"\n7,\"Odd (1999)\",\"Drama\"\n");
  directory.write("rating.csv",
                  "\"userId\",\"movieId\",\"rating\",\"timestamp\"\n"
                  "1,7,3.5,\"2005-04-02 23:53:47\"\n");
  const auto dataset = open_directory(directory.path(), {});
  ASSERT_TRUE(dataset.ok()) << dataset.error().message;
  EXPECT_EQ((*dataset)->movies()->front().title, "Odd");
  const auto events = events_of(**dataset);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].ts_ms, 1'112'486'027'000);
}

TEST_F(MovieLensTest, TellsHowMuchOfTheFileIsRead) {
  std::string ratings = kRatingsCsv;
  for (int i = 0; i < 200'000; ++i) ratings += fmt::format("3,{},3.0,{}\n", i, 1'000'000 + i);
  write("ratings.csv", ratings);
  const auto dataset = open();
  double before = 0;
  int steps = 0;
  ASSERT_TRUE(dataset
                  ->interactions([&](const Event&) -> Result<void> {
                    EXPECT_GE(dataset->share_read(), before);
                    if (dataset->share_read() > before) ++steps;
                    before = dataset->share_read();
                    return {};
                  })
                  .ok());
  EXPECT_GT(steps, 100);
  EXPECT_LT(before, 1.0);
  EXPECT_EQ(dataset->share_read(), 1.0);
}

}  // namespace
}  // namespace marquee::datasets
