#include "linalg/top_k.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "linalg/every_target_test.h"

namespace marquee::linalg {
namespace {

class TopKOfScores : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(TopKOfScores);

std::vector<Scored> sorted_prefix(const std::vector<float>& scores, std::size_t count) {
  std::vector<Scored> all;
  for (std::uint32_t i = 0; i < scores.size(); ++i) all.push_back({i, scores[i]});
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min(count, all.size()));
  return all;
}

TEST_P(TopKOfScores, EqualsTheSortedPrefixAlsoWithManyTies) {
  EXPECT_TRUE(rc::check([] {
    // Few different values: ties everywhere.
    const auto coarse = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-4, 4));
    const auto count = *rc::gen::inRange<std::size_t>(0, 40);
    const std::vector<float> scores(coarse.begin(), coarse.end());
    RC_ASSERT(top_k(scores, count) == sorted_prefix(scores, count));
  }));
}

TEST_P(TopKOfScores, LeavesOutNanAndMinusInfinity) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> scores(40, -infinity);
  scores[3] = std::numeric_limits<float>::quiet_NaN();
  scores[7] = -5;
  scores[39] = infinity;
  const std::vector<Scored> expected{{39, infinity}, {7, -5}};
  EXPECT_EQ(top_k(scores, 10), expected);
}

TEST_P(TopKOfScores, OfNothingOrForNothingIsEmpty) {
  EXPECT_TRUE(top_k({}, 5).empty());
  const std::vector<float> scores(20, 1.0F);
  EXPECT_TRUE(top_k(scores, 0).empty());
}

TEST(TopK, RaisesItsThresholdOnlyWhenFull) {
  TopK best(2);
  best.offer(0, 5);
  EXPECT_LT(best.threshold(), -1e30F);
  best.offer(1, 3);
  EXPECT_EQ(best.threshold(), 3);
  best.offer(2, 4);
  EXPECT_EQ(best.threshold(), 4);
  const std::vector<Scored> expected{{0, 5}, {2, 4}};
  EXPECT_EQ(best.take(), expected);
}

TEST(TopK, PrefersTheSmallerIndexAmongEqualsInAnyOrderOfOffers) {
  TopK best(2);
  for (const std::uint32_t index : {9U, 4U, 7U, 2U}) best.offer(index, 1.0F);
  const std::vector<Scored> expected{{2, 1}, {4, 1}};
  EXPECT_EQ(best.take(), expected);
  best.offer(1, -2);
  EXPECT_EQ(best.take().size(), 1U);
}

}  // namespace
}  // namespace marquee::linalg
