#pragma once

#include <string>

#include <gtest/gtest.h>

#include "linalg/simd_target.h"

namespace marquee::linalg {

/// Runs each test once for every instruction set of this CPU.
class EveryTarget : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(use_simd_target(GetParam()).ok()); }
  void TearDown() override { ASSERT_TRUE(use_simd_target("").ok()); }
};

#define MARQUEE_FOR_EVERY_TARGET(suite)                                      \
  INSTANTIATE_TEST_SUITE_P(Simd, suite, ::testing::ValuesIn(simd_targets()), \
                           [](const auto& parameter) { return parameter.param; })

}  // namespace marquee::linalg
