#include "datasets/own_data.h"

#include <set>

#include <gtest/gtest.h>

#include "datasets/dataset_for_test.h"
#include "datasets/temp_directory_for_test.h"

namespace marquee::datasets {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kOwnMovies =
    "movie_id,title,year,genres\nm1,Invented,1999,Drama|War\nm2,\"Two, Too\",,\n";
constexpr const char* kInteractions =
    "user_id,movie_id,event_type,value,timestamp\n"
    "ann,m1,rating,4.5,2024-05-01T10:00:00Z\n"
    "bob,m2,view,0.8,1714557600\n"
    "bob,m1,like,,1714557600123\n";

class OwnDataTest : public ::testing::Test {
 protected:
  void write(const char* name, const std::string& content) { directory_.write(name, content); }
  std::unique_ptr<Dataset> open(double share = 0.001) {
    return open_or_fail(directory_.path(), share);
  }
  /// The message with which opening fails.
  std::string refusal() const {
    const auto opened = open_directory(directory_.path(), {});
    if (opened.ok()) return "";
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
    return opened.error().message;
  }
  /// What is wrong with one interaction, as a line of CSV.
  std::string reason_for(const std::string& line) {
    write("interactions.csv", std::string(kInteractions) + line + "\n");
    const auto dataset = open(1.0);
    EXPECT_EQ(events_of(*dataset).size(), 3U) << line;
    return dataset->skipped().size() == 1 ? dataset->skipped()[0].reason : "";
  }
  /// What is wrong with one film, as a line of CSV.
  std::string reason_for_movie(const std::string& line) {
    write("movies.csv", std::string(kOwnMovies) + line + "\n");
    const auto dataset = open(1.0);
    EXPECT_EQ(movies_of(*dataset).size(), 2U) << line;
    return dataset->skipped().size() == 1 ? dataset->skipped()[0].reason : "";
  }

  TempDirectory directory_;
};

TEST_F(OwnDataTest, ReadsFilmsAndInteractionsFromCsv) {
  write("movies.csv", kOwnMovies);
  write("interactions.csv", kInteractions);
  const auto dataset = open();
  EXPECT_EQ(movies_of(*dataset),
            (std::vector<Movie>{{MovieId("m1"), "Invented", 1999, {"Drama", "War"}, false, "{}"},
                                {MovieId("m2"), "Two, Too", std::nullopt, {}, false, "{}"}}));
  const auto events = events_of(*dataset);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].type, EventType::kRating);
  EXPECT_EQ(events[0].value, 4.5);
  EXPECT_EQ(events[0].ts_ms, 1'714'557'600'000);
  EXPECT_EQ(events[1].type, EventType::kView);
  EXPECT_EQ(events[1].ts_ms, 1'714'557'600'000);
  EXPECT_EQ(events[2].type, EventType::kLike);
  EXPECT_EQ(events[2].ts_ms, 1'714'557'600'123);
  EXPECT_TRUE(dataset->notes().empty());
}

TEST_F(OwnDataTest, ReadsTheSameFromJsonLines) {
  write("movies.csv", kOwnMovies);
  write("interactions.csv", kInteractions);
  const auto csv = open();
  const auto movies = movies_of(*csv);
  const auto events = events_of(*csv);
  std::filesystem::remove(directory_.path() + "/movies.csv");
  std::filesystem::remove(directory_.path() + "/interactions.csv");
  write("movies.jsonl",
        R"({"movie_id":"m1","title":"Invented","year":1999,"genres":["Drama","War"]})"
        "\r\n"
        R"({"title":"Two, Too","movie_id":"m2","year":null,"genres":""})"
        "\n");
  write(
      "interactions.jsonl",
      R"({"user_id":"ann","movie_id":"m1","event_type":"rating","value":4.5,)"
      R"("timestamp":"2024-05-01T10:00:00Z"})"
      "\n\n"
      R"({"user_id":"bob","movie_id":"m2","event_type":"view","value":"0.8","timestamp":1714557600})"
      "\n"
      R"({"timestamp":1714557600123,"user_id":"bob","movie_id":"m1","event_type":"like"})");
  const auto jsonl = open();
  EXPECT_EQ(movies_of(*jsonl), movies);
  EXPECT_EQ(events_of(*jsonl), events);
}

TEST_F(OwnDataTest, TakesColumnsInAnyOrderAndKeepsFurtherOnesOfFilms) {
  write("movies.csv", "director,title,movie_id\nAnn Other,A,1\n,B,2\n");
  write("interactions.csv", "device,movie_id,user_id\nphone,1,u\n");
  const auto dataset = open();
  const auto movies = movies_of(*dataset);
  EXPECT_EQ(movies[0].title, "A");
  EXPECT_EQ(movies[0].metadata, R"({"director":"Ann Other"})");
  EXPECT_EQ(movies[1].metadata, "{}");
  EXPECT_EQ(events_of(*dataset)[0].movie_id, MovieId("1"));
  EXPECT_EQ(dataset->notes(), (Lines{"movies.csv: kept as metadata: director",
                                     "interactions.csv: columns that are not read: device"}));
}

TEST_F(OwnDataTest, KeepsFurtherMembersOfJsonLinesAsTheyAre) {
  write("movies.jsonl",
        R"({"movie_id":7,"title":"A","imdb":{"id":"tt1","votes":[1,2.5,null]},"seen":true})");
  const auto movies = movies_of(*open());
  ASSERT_EQ(movies.size(), 1U);
  EXPECT_EQ(movies[0].id, MovieId("7")) << "a number counts as its text";
  EXPECT_EQ(movies[0].metadata, R"({"imdb":{"id":"tt1","votes":[1,2.5,null]},"seen":true})");
}

TEST_F(OwnDataTest, SaysWhichTypeAnInteractionHasWithoutOne) {
  write("interactions.csv", "user_id,movie_id,value\nu,1,\nu,2,3.5\n");
  const auto events = events_of(*open());
  EXPECT_EQ(events[0].type, EventType::kView);
  EXPECT_EQ(events[0].value, std::nullopt);
  EXPECT_TRUE(is_positive(events[0]));
  EXPECT_EQ(events[1].type, EventType::kRating);
}

TEST_F(OwnDataTest, KeepsTheOrderOfTheFileWhereThereAreNoTimes) {
  write("interactions.csv", "user_id,movie_id\nu,9\nu,3\nu,3\n");
  const auto events = events_of(*open());
  EXPECT_EQ(events[0].ts_ms, 2);
  EXPECT_EQ(events[1].ts_ms, 3);
  std::set<std::string> ids;
  for (const Event& event : events) ids.insert(event.event_id.to_string());
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(events, events_of(*open())) << "the same file, the same events";
}

TEST_F(OwnDataTest, LetsTheLastLineOfAFilmCountAndSaysSo) {
  write("movies.csv", "movie_id,title\n1,Old\n2,B\n1,New\n");
  const auto dataset = open();
  const auto movies = movies_of(*dataset);
  ASSERT_EQ(movies.size(), 2U);
  EXPECT_EQ(movies[0].title, "New");
  EXPECT_EQ(dataset->notes().back(), "movies.csv: 1 lines repeat a movie_id: the last line counts");
  EXPECT_EQ(dataset->skipped_count(), 0U);
}

TEST_F(OwnDataTest, KeepsOddTextAndCleansLineBreaks) {
  const std::string longest(2'000, 'x');
  write("movies.csv",
        "\xEF\xBB\xBFmovie_id,title\r\n1,\"two\nlines\tand \"\"quotes\"\"\"\r\n"
        "2,<script>\u202Ealert(1)</script>\r\n3," +
            longest + "\r\n");
  const auto movies = movies_of(*open());
  ASSERT_EQ(movies.size(), 3U);
  EXPECT_EQ(movies[0].title, "two lines and \"quotes\"");
  EXPECT_EQ(movies[1].title, "<script>\u202Ealert(1)</script>");
  EXPECT_EQ(movies[2].title, longest);
}

TEST_F(OwnDataTest, RefusesFilmsThatAreNone) {
  EXPECT_EQ(reason_for_movie("m 3,A,,"), "movie_id is no id");
  EXPECT_EQ(reason_for_movie(",A,,"), "movie_id is missing");
  EXPECT_EQ(reason_for_movie("m3,,,"), "title is missing");
  EXPECT_EQ(reason_for_movie("m3,\" \n \",,"), "title is empty");
  EXPECT_EQ(reason_for_movie("m3,A\x01,,"), "title holds a control character");
  EXPECT_EQ(reason_for_movie("m3,\xC3(,,"), "title is not UTF-8");
  EXPECT_EQ(reason_for_movie("m3," + std::string(2'001, 'x') + ",,"),
            "title is longer than 2000 bytes");
  for (const char* year : {"99", "1999.5", "x", "2201"}) {
    EXPECT_EQ(reason_for_movie("m3,A," + std::string(year) + ","),
              "year is no whole number from 1800 to 2200");
  }
  EXPECT_EQ(reason_for_movie("m3,A,,a\x02"), "a genre holds a control character");
  EXPECT_EQ(reason_for_movie("m3,A"), "not 4 fields");
}

TEST_F(OwnDataTest, RefusesInteractionsThatAreNone) {
  EXPECT_EQ(reason_for("a b,m1,,,"), "user_id is no id");
  EXPECT_EQ(reason_for("u,,,,"), "movie_id is missing");
  EXPECT_EQ(reason_for("u,m1,bought,,"), "event_type is none of those that exist");
  EXPECT_EQ(reason_for("u,m1,undo,,"), "an undo cannot be imported");
  EXPECT_EQ(reason_for("u,m1,rating,,"), "a rating's value is no number from 0.5 to 5");
  EXPECT_EQ(reason_for("u,m1,rating,0,"), "a rating's value is no number from 0.5 to 5");
  EXPECT_EQ(reason_for("u,m1,view,1.5,"), "a view's value is no number from 0 to 1");
  EXPECT_EQ(reason_for("u,m1,click,1,"), "only a rating and a view have a value");
  for (const char* value : {"nan", "-1", "7", "x"}) {
    EXPECT_EQ(reason_for("u,m1,rating," + std::string(value) + ","),
              "value is no number from 0 to 5");
  }
  EXPECT_EQ(reason_for("u,m1,,,yesterday"), "timestamp is no time from 1970 to 2100");
}

TEST_F(OwnDataTest, RefusesJsonLinesThatAreNone) {
  write("movies.jsonl",
        "{\"movie_id\":\"1\",\"title\":\"A\"}\nnot json\n[1]\n{\"title\":\"B\"}\n"
        "{\"movie_id\":\"2\",\"movie_id\":\"3\",\"title\":\"C\"}\n"
        "{\"movie_id\":{},\"title\":\"D\"}\n{\"movie_id\":\"4\",\"title\":\"\\u0000\"}\n"
        "{\"movie_id\":\"5\",\"title\":\"E\",\"genres\":[1]}\n");
  const auto dataset = open(1.0);
  EXPECT_EQ(movies_of(*dataset).size(), 1U);
  const Lines skipped = skipped_of(*dataset);
  ASSERT_EQ(skipped.size(), 7U);
  EXPECT_TRUE(skipped[0].starts_with("movies.jsonl:2: not JSON: ")) << skipped[0];
  EXPECT_EQ(Lines(skipped.begin() + 1, skipped.end()),
            (Lines{"movies.jsonl:3: no JSON object", "movies.jsonl:4: movie_id is missing",
                   "movies.jsonl:5: member 'movie_id' is repeated",
                   "movies.jsonl:6: movie_id is no text, number or list of texts",
                   "movies.jsonl:7: title holds a control character",
                   "movies.jsonl:8: genres is no text, number or list of texts"}));
}

TEST_F(OwnDataTest, DoesWithoutOneOfTheFilesAndSaysSo) {
  write("movies.csv", kOwnMovies);
  const auto films_only = open();
  EXPECT_EQ(movies_of(*films_only).size(), 2U);
  EXPECT_TRUE(events_of(*films_only).empty());
  EXPECT_NE(films_only->notes()[0].find("films only"), std::string::npos);

  std::filesystem::remove(directory_.path() + "/movies.csv");
  write("interactions.csv", kInteractions);
  const auto events_only = open();
  EXPECT_TRUE(movies_of(*events_only).empty());
  EXPECT_EQ(events_of(*events_only).size(), 3U);
  EXPECT_NE(events_only->notes()[0].find("until films are added"), std::string::npos);
}

TEST_F(OwnDataTest, NamesTheColumnsThatAHeaderLacks) {
  write("movies.csv", "id,name\n1,A\n");
  EXPECT_NE(refusal().find("movies.csv' lacks the columns movie_id, title: its first line is "
                           "id,name"),
            std::string::npos)
      << refusal();
  write("movies.csv", "movie_id,title,title\n");
  EXPECT_NE(refusal().find("names the column 'title' twice"), std::string::npos);
  write("movies.csv", "");
  EXPECT_NE(refusal().find("no header"), std::string::npos);
  write("movies.csv", kOwnMovies);
  write("interactions.csv", "user_id,rating\n");
  EXPECT_NE(refusal().find("interactions.csv' lacks the column movie_id"), std::string::npos);
}

TEST_F(OwnDataTest, RefusesTwoFilesOfOneKind) {
  write("movies.csv", kOwnMovies);
  write("movies.jsonl", "");
  EXPECT_NE(refusal().find("both movies.csv and movies.jsonl"), std::string::npos);
}

TEST_F(OwnDataTest, StopsPastTheAllowedShareInJsonLinesToo) {
  std::string lines;
  for (int i = 0; i < 1'998; ++i)
    lines += R"({"user_id":"u","movie_id":"1"})"
             "\n";
  write("interactions.jsonl", lines + "bad\nbad\n");
  EXPECT_EQ(events_of(*open()).size(), 1'998U);
  write("interactions.jsonl", lines + "bad\nbad\nbad\n");
  const auto result = open()->interactions([](const Event&) -> Result<void> { return {}; });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(result.error().message.find("interactions.jsonl:2001: not JSON"), std::string::npos)
      << result.error().message;
}

TEST_F(OwnDataTest, IsNamedAfterItsDirectory) {
  write("movies.csv", kOwnMovies);
  EXPECT_EQ(open()->name(), std::filesystem::path(directory_.path()).filename().string());
}

}  // namespace
}  // namespace marquee::datasets
