// Goal: what a viewer did last weighs most, what they turned against does not count.

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "retrieval/contributions.h"
#include "retrieval/exact_search.h"
#include "retrieval/live_candidates.h"
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

std::vector<LivePositive> positives_of(const UserProfile& profile,
                                       std::span<const std::int32_t> rows,
                                       const HistoryWeights& weights) {
  return live_history(profile, rows, weights).positives;
}

TEST(LivePositives, NewestFirstWithDecayingWeight) {
  const auto positives =
      positives_of(profile_of({rated(0, 5), rated(1, 5), rated(2, 4)}), kRows, {});
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
  const auto positives = positives_of(profile_of(std::move(recent)), rows, {});
  ASSERT_EQ(positives.size(), 200U);
  EXPECT_FLOAT_EQ(positives.back().item.weight, 0.2F);
}

TEST(LivePositives, LeaveOutWhatTheModelLacksAndWhatIsNoPositive) {
  const auto positives = positives_of(
      profile_of({rated(0, 3), rated(3, 5), did(9, EventType::kLike), did(4, EventType::kLike)}),
      kRows, {});
  ASSERT_EQ(positives.size(), 1U);
  EXPECT_EQ(positives[0].movie, 4U);
}

TEST(LivePositives, ANewerNegativeTakesAFilmBack) {
  EXPECT_TRUE(
      positives_of(profile_of({rated(0, 5), did(0, EventType::kDislike)}), kRows, {}).empty());
  EXPECT_EQ(positives_of(profile_of({did(0, EventType::kDislike), rated(0, 5)}), kRows, {}).size(),
            1U);
}

TEST(LivePositives, AFilmCountsOnceWithItsWeightiestEvent) {
  const auto positives =
      positives_of(profile_of({rated(0, 5), did(0, EventType::kClick)}), kRows, {});
  ASSERT_EQ(positives.size(), 1U);
  EXPECT_EQ(positives[0].type, EventType::kRating);
}

TEST(LiveNegatives, AreTheFilmsTurnedAgainstWithTheirAge) {
  const auto history =
      live_history(profile_of({did(0, EventType::kDislike), rated(1, 5), did(2, EventType::kLike),
                               rated(4, 1), did(2, EventType::kNotInterested), rated(5, 5)}),
                   kRows, {});
  ASSERT_EQ(history.negatives.size(), 3U);
  EXPECT_EQ(history.negatives[0].movie, 2U);
  EXPECT_EQ(history.negatives[0].age, 1U) << "film 5 was liked since";
  EXPECT_EQ(history.negatives[1].row, 4U);
  EXPECT_EQ(history.negatives[2].movie, 0U);
  EXPECT_EQ(history.negatives[2].age, 2U);
}

TEST(LivePositives, AKindFadesByItsOwnHalfLifeBeforeTheNewestEvent) {
  constexpr std::int64_t kDayMs = 86'400'000;
  auto profile = profile_of({did(0, EventType::kClick), did(1, EventType::kLike), rated(2, 5)});
  profile.recent[2].ts_ms = 20 * kDayMs;
  HistoryWeights weights;
  weights.click.half_life_days = 10;
  const auto positives = positives_of(profile, kRows, weights);
  ASSERT_EQ(positives.size(), 3U);
  EXPECT_FLOAT_EQ(positives[0].kind, 1.0F);
  EXPECT_NEAR(positives[1].kind, 1.0F, 1e-3) << "a like hardly fades";
  EXPECT_FLOAT_EQ(positives[2].kind, 0.3F / 4) << "two half-lives";
}

TEST(LivePositives, TellWhatTheirKindIsWorthWhateverTheirAge) {
  const auto positives =
      positives_of(profile_of({did(0, EventType::kClick), rated(1, 5), rated(2, 5)}), kRows, {});
  ASSERT_EQ(positives.size(), 3U);
  EXPECT_FLOAT_EQ(positives[2].kind, 0.3F);
  EXPECT_LT(positives[2].item.weight, 0.3F);
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
