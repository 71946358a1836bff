#include "evaluation/ranking_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "evaluation/estimate.h"

namespace marquee::evaluation {
namespace {

using Items = std::vector<std::uint32_t>;

TEST(RankingMetrics, APerfectListScoresOne) {
  const Items targets{2, 5, 9};
  EXPECT_DOUBLE_EQ(recall_at_k(Items{9, 2, 5, 1}, targets, 20), 1);
  EXPECT_DOUBLE_EQ(ndcg_at_k(Items{9, 2, 5, 1}, targets, 100), 1);
}

TEST(RankingMetrics, AListWithoutHitsOrWithoutItemsScoresZero) {
  const Items targets{2, 5};
  EXPECT_EQ(recall_at_k(Items{1, 3}, targets, 20), 0);
  EXPECT_EQ(ndcg_at_k(Items{1, 3}, targets, 20), 0);
  EXPECT_EQ(recall_at_k({}, targets, 20), 0);
  EXPECT_EQ(ndcg_at_k({}, targets, 20), 0);
}

TEST(RankingMetrics, RecallDividesByWhatCouldBeHit) {
  const Items targets{1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(recall_at_k(Items{1, 9, 8, 7}, targets, 2), 0.5);
  EXPECT_DOUBLE_EQ(recall_at_k(Items{1, 9, 8, 7}, targets, 20), 0.25);
}

TEST(RankingMetrics, OnlyTheTopKCounts) {
  const Items targets{7};
  EXPECT_EQ(recall_at_k(Items{1, 2, 7}, targets, 2), 0);
  EXPECT_EQ(ndcg_at_k(Items{1, 2, 7}, targets, 2), 0);
  EXPECT_EQ(recall_at_k(Items{1, 2, 7}, targets, 3), 1);
}

TEST(RankingMetrics, NdcgOfAWorkedExample) {
  // Hits at ranks 1 and 3, three targets.
  const double gained = 1 / std::log2(2.0) + 1 / std::log2(4.0);
  const double possible = 1 / std::log2(2.0) + 1 / std::log2(3.0) + 1 / std::log2(4.0);
  EXPECT_DOUBLE_EQ(ndcg_at_k(Items{4, 8, 6, 1}, Items{4, 5, 6}, 100), gained / possible);
}

TEST(RankingMetrics, MovingAHitUpNeverLowersNdcg) {
  Rng rng(1);
  for (int trial = 0; trial < 200; ++trial) {
    Items ranked(30);
    std::iota(ranked.begin(), ranked.end(), 0U);
    for (std::size_t i = ranked.size(); i > 1; --i) std::swap(ranked[i - 1], ranked[rng.below(i)]);
    const Items targets{3, 7, 11, 20};
    const double before = ndcg_at_k(ranked, targets, 20);
    const auto hit = std::find(ranked.begin(), ranked.end(), targets[rng.below(4)]);
    if (hit != ranked.begin() && !std::binary_search(targets.begin(), targets.end(), *(hit - 1))) {
      std::iter_swap(hit, hit - 1);
      EXPECT_GE(ndcg_at_k(ranked, targets, 20), before);
    }
  }
}

TEST(Estimate, OfAWorkedExample) {
  const Estimate result = estimate(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(result.mean, 2.5);
  EXPECT_DOUBLE_EQ(result.standard_error, std::sqrt(5.0 / 3.0 / 4.0));
  EXPECT_EQ(result.users, 4U);
  EXPECT_DOUBLE_EQ(result.high() - result.mean, 1.96 * result.standard_error);
}

TEST(Estimate, OfOneOrNoneClaimsNoPrecisionItCannotHave) {
  EXPECT_EQ(estimate({}).users, 0U);
  EXPECT_EQ(estimate({}).mean, 0);
  EXPECT_EQ(estimate(std::vector<double>{0.5}).standard_error, 0);
}

TEST(Estimate, PairingSeesASmallSteadyGainThatIntervalsHide) {
  Rng rng(2);
  std::vector<double> a;
  std::vector<double> b;
  for (int user = 0; user < 300; ++user) {
    b.push_back(rng.uniform());
    a.push_back(b.back() + 0.01 + 0.001 * rng.normal());
  }
  EXPECT_LT(estimate(a).low(), estimate(b).high());
  EXPECT_GT(paired_difference(a, b).low(), 0);
  EXPECT_NEAR(paired_difference(a, b).mean, 0.01, 0.001);
}

RC_GTEST_PROP(RankingMetrics, AgreeWithTheirDefinitions, ()) {
  Items ranked(*rc::gen::inRange<std::size_t>(0, 15));
  std::iota(ranked.begin(), ranked.end(), 0U);
  for (std::size_t i = ranked.size(); i > 1; --i) {
    std::swap(ranked[i - 1], ranked[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  const auto target_set = *rc::gen::nonEmpty(
      rc::gen::container<std::set<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 20)));
  const Items targets(target_set.begin(), target_set.end());
  const auto k = *rc::gen::inRange<std::size_t>(1, 20);
  double hits = 0, gained = 0, possible = 0;
  for (std::size_t rank = 1; rank <= k; ++rank) {
    const double worth = std::log(2.0) / std::log(static_cast<double>(rank) + 1);
    if (rank <= targets.size()) possible += worth;
    if (rank > ranked.size() || target_set.count(ranked[rank - 1]) == 0) continue;
    hits += 1;
    gained += worth;
  }
  const auto most = static_cast<double>(std::min(k, targets.size()));
  RC_ASSERT(std::abs(recall_at_k(ranked, targets, k) - hits / most) < 1e-12);
  RC_ASSERT(std::abs(ndcg_at_k(ranked, targets, k) - gained / possible) < 1e-12);
}

TEST(Estimate, TheIntervalHoldsTheTruthAboutNineteenTimesInTwenty) {
  Rng rng(7);
  constexpr int kTrials = 1'000;
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> a, b;
    for (int user = 0; user < 60; ++user) {
      b.push_back(rng.uniform());
      a.push_back(b.back() + 0.1 + rng.normal());
    }
    const Estimate gain = paired_difference(a, b);
    held += gain.low() <= 0.1 && 0.1 <= gain.high() ? 1 : 0;
  }
  EXPECT_NEAR(held, 950, 30) << "4 standard errors of the count";
}

TEST(Estimate, APairedDifferenceOfARankerWithItselfIsNothingForSure) {
  const std::vector<double> a{0.1, 0.9, 0.4};
  EXPECT_EQ(paired_difference(a, a).mean, 0);
  EXPECT_EQ(paired_difference(a, a).standard_error, 0);
  EXPECT_EQ(paired_difference({}, {}).users, 0U);
}

}  // namespace
}  // namespace marquee::evaluation
