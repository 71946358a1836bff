// Goal: a search that trusts the bounds misses nothing, whatever the numbers are, and they are
// tight enough to leave few rows to look at.

#include "linalg/quantized_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/slow_reference.h"
#include "linalg/vector_ops.h"

namespace marquee::linalg {
namespace {

constexpr float kBeyondAll = std::numeric_limits<float>::infinity();

struct Bounds {
  std::vector<float> low;
  std::vector<float> high;
};

Bounds bounds_of(const std::vector<float>& matrix, const std::vector<float>& query) {
  const QuantizedMatrix quantized(matrix, query.size());
  Bounds made{std::vector<float>(quantized.rows()), std::vector<float>(quantized.rows())};
  quantized.bounds(query, made.low, made.high);
  return made;
}

class Quantized : public EveryTarget {
 protected:
  static void expect_bounded(const std::vector<float>& matrix, const std::vector<float>& query) {
    const Bounds bounds = bounds_of(matrix, query);
    std::vector<float> exact(bounds.low.size());
    scores(matrix, query, exact);
    for (std::size_t r = 0; r < exact.size(); ++r) {
      if (std::isnan(exact[r])) {  // sums of what a float does not hold: nothing may be known
        ASSERT_EQ(bounds.high[r] - bounds.low[r], kBeyondAll);
        continue;
      }
      ASSERT_LE(bounds.low[r], exact[r]) << "row " << r << " of " << query.size() << " numbers";
      ASSERT_GE(bounds.high[r], exact[r]) << "row " << r << " of " << query.size() << " numbers";
    }
  }
};
MARQUEE_FOR_EVERY_TARGET(Quantized);

TEST_P(Quantized, BoundsHoldForEveryLengthOfVectorAndNumberOfRows) {
  Rng rng(31);
  for (std::size_t k = 1; k <= 67; ++k) {
    for (const std::size_t rows : {0U, 1U, 15U, 16U, 17U, 50U}) {
      expect_bounded(random_floats(rng, rows * k), random_floats(rng, k));
    }
  }
}

TEST_P(Quantized, BoundsHoldForLongVectorsOfNumbersAsLargeAsTheyGet) {
  for (const std::size_t k : {512U, 2'048U, 4'096U}) {
    const std::vector<float> ones(k, 1.0F);
    std::vector<float> matrix(3 * k, 1.0F);  // every product has the largest sum there is
    std::fill(matrix.begin() + static_cast<std::ptrdiff_t>(k),
              matrix.begin() + static_cast<std::ptrdiff_t>(2 * k), -1.0F);
    expect_bounded(matrix, ones);
    const Bounds bounds = bounds_of(matrix, ones);
    EXPECT_GT(bounds.low[0], 0.98F * static_cast<float>(k));
    EXPECT_LT(bounds.high[1], -0.98F * static_cast<float>(k));
  }
}

TEST_P(Quantized, BoundsHoldForNumbersOfEverySize) {
  Rng rng(32);
  constexpr std::size_t kRank = 24;
  for (int round = 0; round < 400; ++round) {
    std::vector<float> matrix = random_floats(rng, 20 * kRank);
    std::vector<float> query = random_floats(rng, kRank);
    // From denormal numbers to those whose products a float cannot hold, mixed in one row too.
    for (float& x : matrix) x *= std::pow(10.0F, static_cast<float>(rng.below(8)));
    const float matrix_size = std::pow(10.0F, static_cast<float>(rng.below(64)) - 44);
    const float query_size = std::pow(10.0F, static_cast<float>(rng.below(64)) - 44);
    for (float& x : matrix) x *= matrix_size;
    for (float& x : query) x *= query_size;
    expect_bounded(matrix, query);
  }
}

TEST_P(Quantized, BoundsHoldForTheSmallestNumbersThereAre) {
  const float least = std::numeric_limits<float>::denorm_min();
  for (std::size_t k = 1; k <= 40; ++k) {
    for (const float size : {1.0F, 1e20F}) {
      expect_bounded(std::vector<float>(k, least), std::vector<float>(k, size));
      expect_bounded(std::vector<float>(k, size), std::vector<float>(k, -least));
    }
  }
}

TEST_P(Quantized, NothingIsKnownOfWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> matrix{1, 2, 3, 4};
  for (const float bad : {nan, kBeyondAll, -kBeyondAll, 3e38F}) {
    for (const Bounds& bounds : {bounds_of(matrix, {1, bad}), bounds_of({1, 2, bad, 4}, {1, 1}),
                                 bounds_of({bad, 2, 3, 4}, {0, 0})}) {
      for (std::size_t r = 0; r < 2; ++r) {
        EXPECT_EQ(bounds.low[r], -kBeyondAll);
        EXPECT_EQ(bounds.high[r], kBeyondAll);
      }
    }
  }
}

TEST_P(Quantized, BoundsAreTightEnoughToLeaveFewRows) {
  Rng rng(33);
  constexpr std::size_t kRows = 10'000;
  constexpr std::size_t kBest = 500;
  const std::vector<float> query = random_floats(rng, 64);
  Bounds bounds = bounds_of(random_floats(rng, kRows * 64), query);
  std::vector<float> sorted = bounds.low;
  std::nth_element(sorted.begin(), sorted.begin() + kBest, sorted.end(), std::greater<>());
  const auto left = std::ranges::count_if(
      bounds.high, [least = sorted[kBest]](float high) { return high >= least; });
  EXPECT_LT(left, 700) << "to find the best " << kBest << " of " << kRows;
}

TEST_P(Quantized, EveryInstructionSetGivesTheSameBounds) {
  Rng rng(34);
  const auto matrix = random_floats(rng, 333 * 65);
  const auto query = random_floats(rng, 65);
  const Bounds here = bounds_of(matrix, query);
  ASSERT_TRUE(use_simd_target(simd_targets().back()).ok());
  const Bounds weakest = bounds_of(matrix, query);
  for (std::size_t r = 0; r < here.low.size(); ++r) {
    EXPECT_NEAR(here.low[r], weakest.low[r], 1e-4);
    EXPECT_NEAR(here.high[r], weakest.high[r], 1e-4);
  }
}

}  // namespace
}  // namespace marquee::linalg
