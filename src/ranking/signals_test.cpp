// Goal: signals of different units speak with the weights they were given.

#include "ranking/signals.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::ranking {
namespace {

TEST(Signals, TheStrongestVoiceOfASignalCountsItsWeight) {
  const std::vector<float> loud{1'000, 500, 0};
  const std::vector<float> quiet{0, 0.001F, -0.002F};
  const std::array<Signal, 2> signals{{{loud, 1.0}, {quiet, 0.5}}};
  const auto sums = weighted_sum(signals);
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_FLOAT_EQ(sums[0], 1.0F);
  EXPECT_FLOAT_EQ(sums[1], 0.75F);
  EXPECT_FLOAT_EQ(sums[2], -0.5F);
}

TEST(Signals, OneThatSaysNothingChangesNothing) {
  const std::vector<float> speaks{2, 1};
  const std::vector<float> silent{0, 0};
  const std::array<Signal, 2> signals{{{speaks, 1.0}, {silent, 9.0}}};
  EXPECT_EQ(weighted_sum(signals), (std::vector<float>{1.0F, 0.5F}));
  EXPECT_EQ(signal_scale(silent), 1.0);
  EXPECT_TRUE(weighted_sum({}).empty());
}

TEST(Signals, WhatIsNotANumberSaysNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> scores{nan, std::numeric_limits<float>::infinity(), 4, -2};
  const std::array<Signal, 1> signals{{{scores, 1.0}}};
  EXPECT_EQ(weighted_sum(signals), (std::vector<float>{0, 0, 1, -0.5F}));
}

RC_GTEST_PROP(Signals, TheUnitOfASignalDoesNotMatter, (const std::vector<std::int8_t>& values)) {
  std::vector<float> scores(values.begin(), values.end());
  std::vector<float> scaled;
  for (const float score : scores) scaled.push_back(score * 1024.0F);
  const std::array<Signal, 1> one{{{scores, 0.7}}};
  const std::array<Signal, 1> other{{{scaled, 0.7}}};
  const auto a = weighted_sum(one);
  const auto b = weighted_sum(other);
  for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(std::abs(a[i] - b[i]) < 1e-6F);
}

}  // namespace
}  // namespace marquee::ranking
