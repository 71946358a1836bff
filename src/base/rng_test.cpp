#include "base/rng.h"

#include <cmath>

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(Rng, GivesThePublishedStreamOfSplitMix64) {
  Rng rng(1'234'567);
  EXPECT_EQ(rng.next(), 6'457'827'717'110'365'317ULL);
  EXPECT_EQ(rng.next(), 3'203'168'211'198'807'973ULL);
}

TEST(Rng, SameSeedSameStreamOtherSeedAnother) {
  Rng a(7), b(7), c(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
}

TEST(Rng, UniformAndBelowStayInRangeAndSpreadEvenly) {
  Rng rng(3);
  int counts[10] = {};
  for (int i = 0; i < 100'000; ++i) {
    const double u = rng.uniform();
    ASSERT_TRUE(u >= 0.0 && u < 1.0);
    const auto n = rng.below(10);
    ASSERT_LT(n, 10U);
    ++counts[n];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Rng, NormalHasMeanZeroAndVarianceOne) {
  Rng rng(5);
  double sum = 0, squares = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 0.02);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.03);
}

TEST(Rng, SplitStreamsDiffer) {
  Rng parent(9);
  Rng child = parent.split();
  EXPECT_NE(child.next(), parent.next());
}

}  // namespace
}  // namespace marquee
