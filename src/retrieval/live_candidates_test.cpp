// Goal: what a viewer did last weighs most, what they turned against does not count.

#include "retrieval/live_candidates.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "retrieval/contributions.h"
#include "retrieval/exact_search.h"
#include "retrieval/model_fixture.h"

namespace marquee::retrieval {
namespace {

const std::vector<std::int32_t> kRows{0, 1, 2, -1, 4, 5};

UserProfile profile_of(std::vector<Interaction> recent) {
  UserProfile profile;
  profile.recent = std::move(recent);
  for (std::size_t i = 0; i < profile.recent.size(); ++i) profile.recent[i].seq = i;
  return profile;
}

Interaction rated(MovieKey movie, float stars) { return {movie, EventType::kRating, stars, 0, 0}; }
Interaction did(MovieKey movie, EventType type) { return {movie, type, std::nullopt, 0, 0}; }

TEST(LivePositives, NewestFirstWithDecayingWeight) {
  const auto positives =
      live_positives(profile_of({rated(0, 5), rated(1, 5), rated(2, 4)}), kRows, {});
  ASSERT_EQ(positives.size(), 3U);
  EXPECT_EQ(positives[0].movie, 2U);
  EXPECT_FLOAT_EQ(positives[0].item.weight, 1.0F);
  EXPECT_FLOAT_EQ(positives[1].item.weight, 0.97F);
  EXPECT_FLOAT_EQ(positives[2].item.weight, 0.97F * 0.97F);
}

TEST(LivePositives, NeverWeighLessThanTheFloor) {
  std::vector<Interaction> recent;
  std::vector<std::int32_t> rows(200);
  std::iota(rows.begin(), rows.end(), 0);
  for (MovieKey movie = 0; movie < 200; ++movie) recent.push_back(rated(movie, 5));
  const auto positives = live_positives(profile_of(std::move(recent)), rows, {});
  ASSERT_EQ(positives.size(), 200U);
  EXPECT_FLOAT_EQ(positives.back().item.weight, 0.2F);
}

TEST(LivePositives, LeaveOutWhatTheModelLacksAndWhatIsNoPositive) {
  const auto positives = live_positives(
      profile_of({rated(0, 3), rated(3, 5), did(9, EventType::kLike), did(4, EventType::kLike)}),
      kRows, {});
  ASSERT_EQ(positives.size(), 1U);
  EXPECT_EQ(positives[0].movie, 4U);
}

TEST(LivePositives, ANewerNegativeTakesAFilmBack) {
  EXPECT_TRUE(
      live_positives(profile_of({rated(0, 5), did(0, EventType::kDislike)}), kRows, {}).empty());
  EXPECT_EQ(
      live_positives(profile_of({did(0, EventType::kDislike), rated(0, 5)}), kRows, {}).size(), 1U);
}

TEST(LivePositives, AFilmCountsOnceWithItsWeightiestEvent) {
  const auto positives =
      live_positives(profile_of({rated(0, 5), did(0, EventType::kClick)}), kRows, {});
  ASSERT_EQ(positives.size(), 1U);
  EXPECT_EQ(positives[0].type, EventType::kRating);
}

class LiveCandidates : public ::testing::Test {
 protected:
  LiveCandidates() : model_(random_model(50, 6, 3)), keys_(50), allowed_(50) {
    std::iota(keys_.begin(), keys_.end(), 0U);
    for (const MovieKey key : keys_) allowed_.insert(key);
  }
  std::vector<std::int32_t> rows() const { return {keys_.begin(), keys_.end()}; }

  std::shared_ptr<const models::FactorModel> model_;
  std::vector<MovieKey> keys_;
  KeySet allowed_;
};

TEST_F(LiveCandidates, AreTheBestAllowedFilmsForTheFoldedInVector) {
  const ExactVectorSearch search(model_, keys_);
  const auto positives = live_positives(profile_of({rated(7, 5), rated(8, 5)}), rows(), {});
  allowed_.erase(7);
  allowed_.erase(8);
  const auto found = live_candidates(*model_, search, positives, 5, allowed_);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 5U);
  const auto vector = models::fold_in(*model_, weighted_items(positives));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NE((*found)[i].movie, 7U);
    EXPECT_NE((*found)[i].movie, 8U);
    if (i > 0) {
      EXPECT_GE((*found)[i - 1].score, (*found)[i].score);
    }
    double score = 0;
    for (std::size_t d = 0; d < 6; ++d) {
      score += (*vector)[d] * model_->items().row((*found)[i].movie)[d];
    }
    EXPECT_NEAR((*found)[i].score, score, 1e-4);
  }
}

TEST_F(LiveCandidates, AreNoneWithoutPositives) {
  const ExactVectorSearch search(model_, keys_);
  EXPECT_TRUE(live_candidates(*model_, search, {}, 5, allowed_)->empty());
}

TEST_F(LiveCandidates, ContributionsAddUpToTheScore) {
  const auto history = weighted_items(
      live_positives(profile_of({rated(1, 5), rated(2, 5), rated(3, 5)}), rows(), {}));
  const auto shares = contributions(*model_, history, 20);
  ASSERT_TRUE(shares.ok());
  ASSERT_EQ(shares->size(), 3U);
  const auto vector = models::fold_in(*model_, history);
  double score = 0;
  for (std::size_t d = 0; d < 6; ++d) score += (*vector)[d] * model_->items().row(20)[d];
  EXPECT_NEAR(std::accumulate(shares->begin(), shares->end(), 0.0), score, 1e-4);
  EXPECT_EQ(contributions(*model_, history, 99).error().code, ErrorCode::kInvalidArgument);
}

TEST(KeySet, HoldsKeysBelowItsBoundOnly) {
  KeySet set(70);
  set.insert(0);
  set.insert(69);
  set.insert(5'000);
  EXPECT_TRUE(set.contains(0));
  EXPECT_TRUE(set.contains(69));
  EXPECT_FALSE(set.contains(68));
  EXPECT_FALSE(set.contains(5'000));
  set.erase(69);
  EXPECT_FALSE(set.contains(69));
}

}  // namespace
}  // namespace marquee::retrieval
