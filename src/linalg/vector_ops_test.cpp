#include "linalg/vector_ops.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/slow_reference.h"

namespace marquee::linalg {
namespace {

class VectorOps : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(VectorOps);

double slow_dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

TEST_P(VectorOps, DotAgreesWithDoublePrecisionForEveryLength) {
  Rng rng(1);
  for (std::size_t size = 0; size <= 150; ++size) {
    const auto a = random_floats(rng, size);
    const auto b = random_floats(rng, size);
    EXPECT_NEAR(dot(a, b), slow_dot(a, b), 1e-4) << "length " << size;
  }
}

TEST_P(VectorOps, DotDoesNotDependOnWhereTheVectorsStandInMemory) {
  Rng rng(2);
  const auto a = random_floats(rng, 77);
  std::vector<float> shifted(a.size() + 8);
  for (std::size_t offset = 0; offset < 8; ++offset) {
    std::copy(a.begin(), a.end(), shifted.begin() + static_cast<std::ptrdiff_t>(offset));
    EXPECT_EQ(dot(a, a), dot(a, std::span(shifted).subspan(offset, a.size())));
  }
}

TEST_P(VectorOps, AxpyAddsTheMultipleAndTouchesNothingBeyond) {
  Rng rng(3);
  for (std::size_t size = 0; size <= 70; ++size) {
    const auto x = random_floats(rng, size);
    auto y = random_floats(rng, size + 4);
    const auto before = y;
    axpy(0.5F, x, std::span(y).first(size));
    for (std::size_t i = 0; i < size; ++i) EXPECT_NEAR(y[i], before[i] + 0.5F * x[i], 1e-6);
    for (std::size_t i = size; i < y.size(); ++i) EXPECT_EQ(y[i], before[i]);
  }
}

TEST_P(VectorOps, ScoresOfRowsAreTheDotProductsOfThoseRows) {
  Rng rng(14);
  for (const std::size_t k : {1U, 7U, 64U, 100U}) {
    const auto matrix = random_floats(rng, 50 * k);
    const auto query = random_floats(rng, k);
    const std::vector<std::uint32_t> rows{49, 0, 7, 7, 21, 3, 48, 12, 11, 10};
    std::vector<float> out(rows.size());
    scores_of_rows(matrix, rows, query, out);
    for (std::size_t n = 0; n < rows.size(); ++n) {
      EXPECT_EQ(out[n], dot(std::span(matrix).subspan(rows[n] * k, k), query));
    }
    scores_of_rows(matrix, {}, query, {});
  }
}

TEST_P(VectorOps, ScoresAreTheDotProductsOfTheRows) {
  Rng rng(4);
  for (const std::size_t k : {1U, 7U, 16U, 64U, 100U}) {
    const auto matrix = random_floats(rng, 33 * k);
    const auto query = random_floats(rng, k);
    std::vector<float> out(33);
    scores(matrix, query, out);
    for (std::size_t r = 0; r < out.size(); ++r) {
      EXPECT_EQ(out[r], dot(std::span(matrix).subspan(r * k, k), query));
    }
  }
}

TEST(SimdTarget, NamesTheBestByDefaultAndRefusesAnUnknownOne) {
  ASSERT_FALSE(simd_targets().empty());
  EXPECT_EQ(simd_target(), simd_targets().front());
  const auto refused = use_simd_target("MMX");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find(simd_targets().front()), std::string::npos);
}

TEST(SimdTarget, CanBeForcedAndGivenBack) {
  const std::string weakest = simd_targets().back();
  ASSERT_TRUE(use_simd_target(weakest).ok());
  EXPECT_EQ(simd_target(), weakest);
  ASSERT_TRUE(use_simd_target("").ok());
  EXPECT_EQ(simd_target(), simd_targets().front());
}

}  // namespace
}  // namespace marquee::linalg
