#include "formats/list_json.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::formats {
namespace {

TEST(ListJson, WritesFilmsInTheDocumentedForm) {
  const std::vector<ScoredMovie> movies{{MovieId("m1"), 0.5F}, {MovieId("m:2"), 0.1F}};
  EXPECT_EQ(encode_scored_movies(movies),
            R"([{"movie_id":"m1","score":0.5},{"movie_id":"m:2","score":0.1}])");
  EXPECT_EQ(encode_scored_movies({}), "[]");
}

RC_GTEST_PROP(ListJson, GivesBackEveryFiniteScoreExactly,
              (const std::vector<std::uint32_t>& bits)) {
  std::vector<ScoredMovie> movies;
  for (const std::uint32_t b : bits) {
    const float score = std::bit_cast<float>(b);
    if (std::isfinite(score)) movies.push_back({MovieId("m" + std::to_string(b)), score});
  }
  const auto read = decode_scored_movies(encode_scored_movies(movies));
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == movies);
}

TEST(ListJson, ReadsAScoreThatWasNoNumberAsZero) {
  const std::vector<ScoredMovie> movies{{MovieId("m1"), std::numeric_limits<float>::quiet_NaN()}};
  const auto read = decode_scored_movies(encode_scored_movies(movies));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, (std::vector<ScoredMovie>{{MovieId("m1"), 0.0F}}));
}

TEST(ListJson, ReadsWhatAnotherProgramWrote) {
  const auto read = decode_scored_movies(
      " [ {\"score\": 1, \"movie_id\": \"\\u006d1\", \"more\": {}} ] ");  // as jsonb prints it
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, (std::vector<ScoredMovie>{{MovieId("m1"), 1.0F}}));
}

TEST(ListJson, RefusesAnythingElse) {
  for (const char* text : {"", "{}", "[", "null", "[1]", "[{}]", R"([{"movie_id":"m1"}])",
                           R"([{"movie_id":1,"score":1}])", R"([{"movie_id":"m","score":"1"}])",
                           R"([{"movie_id":"m1","score":1}] x)"}) {
    const auto read = decode_scored_movies(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss) << text;
  }
  for (const char* text : {"", "{}", "[1]", "[\"a\"", "[[\"a\"]]"}) {
    EXPECT_FALSE(decode_strings(text).ok()) << text;
  }
}

TEST(ListJson, GivesBackTexts) {
  const std::vector<std::string> texts{"Drama", "", "Sci-Fi \"&\" \\ War\n",
                                       "com\xC3\xA9"
                                       "die"};
  EXPECT_EQ(*decode_strings(encode_strings(texts)), texts);
  EXPECT_EQ(encode_strings(std::vector<std::string>{"a", "b"}), R"(["a","b"])");
}

}  // namespace
}  // namespace marquee::formats
