// Goal: the shipped blend is the formula of the design, to the last tie.

#include "ranking/blend.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::ranking {
namespace {

class BlendTest : public ::testing::Test {
 protected:
  MovieKey key(const std::string& id) { return movies_.intern(MovieId(id)); }
  MovieTable movies_;
};

TEST_F(BlendTest, WeighsEachTierAfterStretchingItToZeroAndOne) {
  const MovieKey a = key("a"), b = key("b"), c = key("c");
  const std::vector<Candidate> batch{{a, 10}, {b, 6}, {c, 2}};
  const std::vector<Candidate> live{{c, 0.5F}, {b, 0.4F}, {a, 0.3F}};
  const auto list = blend(batch, live, 0.7, movies_);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].movie, a);
  EXPECT_NEAR(list[0].score, 0.7, 1e-6);
  EXPECT_EQ(list[1].movie, b);
  EXPECT_NEAR(list[1].score, 0.5, 1e-6);
  EXPECT_EQ(list[2].movie, c);
  EXPECT_NEAR(list[2].score, 0.3, 1e-6);
}

TEST_F(BlendTest, AFilmMissingFromATierScoresZeroThere) {
  const MovieKey a = key("a"), b = key("b"), c = key("c");
  const auto list = blend(std::vector<Candidate>{{a, 2}, {b, 1}},
                          std::vector<Candidate>{{c, 9}, {b, 1}}, 0.7, movies_);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_NEAR(list[0].score, 0.7, 1e-6);  // a: best of batch only
  EXPECT_EQ(list[1].movie, c);
  EXPECT_NEAR(list[1].score, 0.3, 1e-6);
  EXPECT_NEAR(list[2].score, 0.0, 1e-6);
}

TEST_F(BlendTest, TiesGoByMovieIdAsText) {
  const MovieKey nine = key("9"), ten = key("10"), two = key("2");
  const auto list = blend(std::vector<Candidate>{{nine, 1}, {ten, 1}, {two, 1}}, {}, 0.7, movies_);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].movie, ten);
  EXPECT_EQ(list[1].movie, two);
  EXPECT_EQ(list[2].movie, nine);
  for (const Candidate& film : list) EXPECT_EQ(film.score, 1.0F) << "all equal is all 1";
}

TEST_F(BlendTest, NothingGivesNothing) { EXPECT_TRUE(blend({}, {}, 0.7, movies_).empty()); }

TEST(MinMax, WhatIsNoNumberIsTheWorst) {
  const auto stretched = min_max_normalized(
      std::vector<Candidate>{{1, 4}, {2, std::numeric_limits<float>::quiet_NaN()}, {3, 2}});
  ASSERT_EQ(stretched.size(), 3U);
  EXPECT_EQ(stretched[0].score, 1.0F);
  EXPECT_EQ(stretched[1].score, 0.0F);
  EXPECT_TRUE(min_max_normalized({}).empty());
}

std::map<MovieKey, double> slow_min_max(const std::vector<Candidate>& tier) {
  std::map<MovieKey, double> scores;
  double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
  for (const Candidate& film : tier) {
    low = std::min(low, double{film.score});
    high = std::max(high, double{film.score});
  }
  for (const Candidate& film : tier) {
    const double score = high == low ? 1.0 : (film.score - low) / (high - low);
    scores[film.movie] = std::max(scores[film.movie], score);
  }
  return scores;
}

RC_GTEST_PROP(Blend, AgreesWithTheObviousReference,
              (const std::vector<std::pair<std::uint8_t, std::int8_t>>& batch_input,
               const std::vector<std::pair<std::uint8_t, std::int8_t>>& live_input)) {
  MovieTable movies;
  for (int i = 0; i < 256; ++i) movies.intern(MovieId("m" + std::to_string(i)));
  const auto tier = [](const auto& input) {
    std::vector<Candidate> films;
    for (const auto& [movie, score] : input) films.push_back({movie, static_cast<float>(score)});
    return films;
  };
  const auto batch = tier(batch_input), live = tier(live_input);
  RC_PRE(!batch.empty() && !live.empty());
  const auto in_batch = slow_min_max(batch), in_live = slow_min_max(live);
  std::map<MovieKey, double> wanted;
  for (const auto& [movie, score] : in_batch) wanted[movie] += 0.7 * score;
  for (const auto& [movie, score] : in_live) wanted[movie] += 0.3 * score;
  const auto list = blend(batch, live, 0.7, movies);
  RC_ASSERT(list.size() == wanted.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    RC_ASSERT(std::abs(list[i].score - wanted.at(list[i].movie)) < 1e-5);
    if (i > 0) RC_ASSERT(list[i - 1].score >= list[i].score);
  }
}

RC_GTEST_PROP(Blend, WhateverTheScoresIsInOrderInsideZeroAndOneAndNamesEachFilmOnce,
              (const std::vector<std::pair<std::uint8_t, float>>& batch_input,
               const std::vector<std::pair<std::uint8_t, float>>& live_input)) {
  MovieTable movies;
  for (int i = 0; i < 256; ++i) movies.intern(MovieId(std::to_string(i)));
  const auto tier = [](const auto& input) {
    std::vector<Candidate> films;
    for (const auto& [movie, score] : input) films.push_back({movie, score});
    for (std::size_t i = 0; i + 2 < films.size(); i += 3) {  // now and then what is no number
      films[i].score = std::numeric_limits<float>::quiet_NaN();
      films[i + 1].score = -std::numeric_limits<float>::infinity();
      films[i + 2].score = std::numeric_limits<float>::max();
    }
    return films;
  };
  const auto batch = tier(batch_input), live = tier(live_input);
  const double weight = 0.1 * *rc::gen::inRange(0, 11);
  const auto list = blend(batch, live, weight, movies);
  std::set<MovieKey> wanted;
  for (const Candidate& film : batch) wanted.insert(film.movie);
  for (const Candidate& film : live) wanted.insert(film.movie);
  std::set<MovieKey> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    RC_ASSERT(list[i].score >= 0.0F && list[i].score <= 1.0F);
    RC_ASSERT(seen.insert(list[i].movie).second);
    if (i == 0) continue;
    const bool tie = list[i - 1].score == list[i].score;
    RC_ASSERT(list[i - 1].score > list[i].score || tie);
    if (tie) RC_ASSERT(movies.id_of(list[i - 1].movie) < movies.id_of(list[i].movie));
  }
  RC_ASSERT(seen == wanted);
}

TEST_F(BlendTest, AWeightOfOneOrZeroLeavesTheOtherTierOnlyItsFilms) {
  const MovieKey a = key("a"), b = key("b"), c = key("c");
  const std::vector<Candidate> batch{{a, 2}, {b, 1}};
  const std::vector<Candidate> live{{c, 2}, {a, 1}};
  EXPECT_EQ(blend(batch, live, 1, movies_), (std::vector<Candidate>{{a, 1}, {b, 0}, {c, 0}}));
  EXPECT_EQ(blend(batch, live, 0, movies_), (std::vector<Candidate>{{c, 1}, {a, 0}, {b, 0}}));
}

TEST_F(BlendTest, AnEmptyTierGivesItsWeightToTheOther) {
  const std::vector<Candidate> tier{{key("a"), 2}, {key("b"), 1}};
  const std::vector<Candidate> wanted{{key("a"), 1}, {key("b"), 0}};
  EXPECT_EQ(blend(tier, {}, 0.1, movies_), wanted);
  EXPECT_EQ(blend({}, tier, 0.9, movies_), wanted);
}

TEST(MinMax, TheWidestRangeOfAFloatDoesNotOverflow) {
  const float most = std::numeric_limits<float>::max();
  const auto stretched = min_max_normalized(std::vector<Candidate>{{1, -most}, {2, 0}, {3, most}});
  EXPECT_EQ(stretched, (std::vector<Candidate>{{1, 0}, {2, 0.5F}, {3, 1}}));
}

}  // namespace
}  // namespace marquee::ranking
