// Goal: the bound never loses one of the best, and lets few others through, by every instruction
// set.

#include "linalg/score_bound.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "linalg/simd_target.h"

namespace marquee::linalg {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::size_t reaching(const std::vector<float>& scores, float bound) {
  return static_cast<std::size_t>(
      std::count_if(scores.begin(), scores.end(), [&](float score) { return score >= bound; }));
}

template <typename Check>
void on_every_target(const Check& check) {
  for (const std::string& target : simd_targets()) {
    RC_ASSERT(use_simd_target(target).ok());
    check();
  }
  RC_ASSERT(use_simd_target("").ok());
}

RC_GTEST_PROP(ScoreBound, LetsAtLeastAsManyThroughAsWanted, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 200);
  std::vector<float> scores;
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const int kind = *rc::gen::inRange(0, 20);
    float score = static_cast<float>(*rc::gen::inRange(-1'000, 1'000)) * 0.37F;
    if (kind == 0) score = kNan;
    if (kind == 1) score = 1e30F;
    if (kind == 2 && *rc::gen::arbitrary<bool>()) score = -kInfinity;
    numbers += kind != 0 ? 1U : 0U;
    scores.push_back(score);
  }
  const auto count = *rc::gen::inRange<std::size_t>(0, 250);
  on_every_target(
      [&] { RC_ASSERT(reaching(scores, score_bound(scores, count)) >= std::min(count, numbers)); });
}

TEST(ScoreBound, LetsFewMoreThroughThanWanted) {
  Rng rng(3);
  std::vector<float> scores;
  for (int i = 0; i < 10'000; ++i) scores.push_back(static_cast<float>(rng.normal()));
  for (const std::size_t count : {1U, 100U, 250U, 500U, 5'000U}) {
    const std::size_t through = reaching(scores, score_bound(scores, count));
    EXPECT_GE(through, count);
    EXPECT_LE(through, count + 150) << "one bin of 256";
  }
}

TEST(ScoreBound, EqualScoresAllReachIt) {
  const std::vector<float> same(50, 0.25F);
  EXPECT_EQ(reaching(same, score_bound(same, 3)), 50U);
  EXPECT_EQ(score_bound({}, 3), -kInfinity);
  EXPECT_EQ(score_bound(same, 0), -kInfinity);
}

RC_GTEST_PROP(IndicesAtLeast, AreThoseOfALookAtEach, (const std::vector<std::int8_t>& values)) {
  std::vector<float> scores;
  for (const std::int8_t value : values) scores.push_back(value == 7 ? kNan : value);
  const auto bound = static_cast<float>(*rc::gen::inRange(-130, 130));
  std::vector<std::uint32_t> wanted;
  float most = -kInfinity;
  for (std::uint32_t i = 0; i < scores.size(); ++i) {
    if (scores[i] >= bound) wanted.push_back(i);
    if (scores[i] > most) most = scores[i];
  }
  on_every_target([&] {
    RC_ASSERT(indices_at_least(scores, bound) == wanted);
    RC_ASSERT(largest(scores) == most);
  });
}

TEST(IndicesAtLeast, AreThoseThatReachTheBoundInOrder) {
  const std::vector<float> scores{3, kNan, 1, 2, -kInfinity, 2};
  EXPECT_EQ(indices_at_least(scores, 2), (std::vector<std::uint32_t>{0, 3, 5}));
  EXPECT_TRUE(indices_at_least({}, 0).empty());
}

}  // namespace
}  // namespace marquee::linalg
