// The generator by what is expected of chance. Seeds are fixed, so no test is lucky or unlucky; the
// bounds are those that a fair generator misses once in a million seeds.
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"

namespace marquee {
namespace {

/// Pearson's statistic of `counts` against equal shares.
double chi_square(const std::vector<int>& counts, double draws) {
  const double wanted = draws / static_cast<double>(counts.size());
  double sum = 0;
  for (const int count : counts) sum += (count - wanted) * (count - wanted) / wanted;
  return sum;
}

/// About the millionth quantile of χ² with `freedom` degrees (Wilson and Hilferty 1931).
double chi_square_bound(double freedom) {
  const double z = 4.75;
  const double a = 2.0 / (9.0 * freedom);
  return freedom * std::pow(1 - a + z * std::sqrt(a), 3);
}

TEST(RngStatistics, BelowDrawsEveryNumberEquallyOften) {
  for (const std::uint64_t bound : {2U, 3U, 7U, 10U, 64U, 1'000U}) {
    Rng rng(bound);
    std::vector<int> counts(bound);
    constexpr int kDraws = 50'000;
    for (int i = 0; i < kDraws; ++i) ++counts[rng.below(bound)];
    EXPECT_LT(chi_square(counts, kDraws), chi_square_bound(static_cast<double>(bound - 1)))
        << bound;
  }
}

TEST(RngStatistics, SuccessiveDrawsAreIndependent) {
  Rng rng(11);
  std::vector<int> pairs(64);
  constexpr int kDraws = 50'000;
  std::uint64_t last = rng.below(8);
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t next = rng.below(8);
    ++pairs[last * 8 + next];
    last = next;
  }
  EXPECT_LT(chi_square(pairs, kDraws), chi_square_bound(63));
}

TEST(RngStatistics, EveryBitIsSetHalfTheTime) {
  Rng rng(12);
  std::vector<int> set(64);
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t word = rng.next();
    for (std::size_t bit = 0; bit < 64; ++bit) set[bit] += static_cast<int>((word >> bit) & 1);
  }
  for (const int count : set) EXPECT_NEAR(count, kDraws / 2.0, 5 * std::sqrt(kDraws / 4.0));
}

TEST(RngStatistics, UniformFollowsTheStraightLine) {
  Rng rng(13);
  std::vector<double> draws(20'000);
  for (double& draw : draws) draw = rng.uniform();
  std::sort(draws.begin(), draws.end());
  double distance = 0;  // Kolmogorov and Smirnov
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(draws.size());
    distance = std::max(distance, std::abs(draws[i] - share));
  }
  EXPECT_LT(distance, 2.7 / std::sqrt(static_cast<double>(draws.size())));
}

TEST(RngStatistics, NormalFollowsTheBellCurve) {
  Rng rng(14);
  std::vector<double> draws(20'000);
  for (double& draw : draws) draw = rng.normal();
  std::sort(draws.begin(), draws.end());
  double distance = 0;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(draws.size());
    distance = std::max(distance, std::abs(0.5 * std::erfc(-draws[i] / std::sqrt(2.0)) - share));
  }
  EXPECT_LT(distance, 2.7 / std::sqrt(static_cast<double>(draws.size())));
}

TEST(RngStatistics, AChildsStreamDoesNotFollowItsParents) {
  Rng parent(15);
  Rng child = parent.split();
  std::vector<int> pairs(64);
  constexpr int kDraws = 50'000;
  for (int i = 0; i < kDraws; ++i) ++pairs[parent.below(8) * 8 + child.below(8)];
  EXPECT_LT(chi_square(pairs, kDraws), chi_square_bound(63));
}

TEST(RngStatistics, NeighbouringSeedsGiveUnrelatedFirstDraws) {
  std::vector<int> counts(16);
  constexpr std::uint64_t kSeeds = 20'000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) ++counts[Rng(seed).below(16)];
  EXPECT_LT(chi_square(counts, kSeeds), chi_square_bound(15));
}

RC_GTEST_PROP(RngProperty, BelowStaysBelowAnyBound, (std::uint64_t seed, std::uint64_t bound)) {
  RC_PRE(bound > 0U);
  Rng rng(seed);
  for (int i = 0; i < 20; ++i) RC_ASSERT(rng.below(bound) < bound);
  RC_ASSERT(Rng(seed).below(1) == 0U);
}

RC_GTEST_PROP(RngProperty, ACopyGoesOnWithTheSameStream, (std::uint64_t seed)) {
  Rng original(seed);
  original.next();
  Rng copy = original;
  for (int i = 0; i < 5; ++i) RC_ASSERT(original.next() == copy.next());
}

}  // namespace
}  // namespace marquee
