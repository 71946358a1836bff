#include "linalg/top_k.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
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

TEST_P(TopKOfScores, IsTheSameInWhateverPiecesTheyAreOffered) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<std::size_t>(0, 3'000);
    const auto count = *rc::gen::inRange<std::size_t>(0, 60);
    Rng rng(*rc::gen::arbitrary<std::uint64_t>());
    std::vector<float> scores(size);
    for (float& score : scores) {
      const std::uint64_t kind = rng.below(20);
      score = static_cast<float>(rng.normal());
      if (kind == 0) score = 0.0F;
      if (kind == 1) score = -0.0F;
      if (kind == 2) score = 0.5F;
    }
    std::vector<std::uint32_t> indices(size);
    std::iota(indices.begin(), indices.end(), 0U);
    TopK best(count);
    std::vector<std::size_t> begins{0};
    while (begins.back() < size) {
      begins.push_back(std::min<std::size_t>(begins.back() + 1 + rng.below(700), size));
    }
    if (*rc::gen::arbitrary<bool>()) std::reverse(begins.begin(), begins.end());
    for (std::size_t n = 0; n + 1 < begins.size(); ++n) {
      const auto [begin, end] = std::minmax(begins[n], begins[n + 1]);
      best.offer(std::span(scores).subspan(begin, end - begin),
                 std::span(indices).subspan(begin, end - begin));
      if (rng.below(3) == 0) best.keep_best();
    }
    RC_ASSERT(best.take() == sorted_prefix(scores, count));
    RC_ASSERT(best.take().empty());
  }));
}

TEST(TopK, ItsThresholdRisesToWhatTheBestReachAndNoFurther) {
  TopK best(2);
  best.offer(std::vector<float>{5}, std::vector<std::uint32_t>{0});
  best.keep_best();
  EXPECT_LT(best.threshold(), -1e30F);
  best.offer(std::vector<float>{3, 4, 1, 4}, std::vector<std::uint32_t>{9, 8, 7, 6});
  best.keep_best();
  EXPECT_EQ(best.threshold(), 4);
  const std::vector<Scored> expected{{0, 5}, {6, 4}};
  EXPECT_EQ(best.take(), expected);
  best.offer(std::vector<float>{-2}, std::vector<std::uint32_t>{1});
  EXPECT_EQ(best.take(), (std::vector<Scored>{{1, -2}})) << "as new";
}

TEST(TopK, PrefersTheSmallerIndexAmongEqualsInAnyOrderOfOffers) {
  TopK best(2);
  for (const std::uint32_t index : {9U, 4U, 7U, 2U, 6U, 5U, 8U, 3U}) {
    best.offer(std::vector<float>{index % 2 == 0 ? 0.0F : -0.0F},
               std::vector<std::uint32_t>{index});
  }
  const std::vector<Scored> expected{{2, 0}, {3, 0}};
  EXPECT_EQ(best.take(), expected);
}

}  // namespace
}  // namespace marquee::linalg
