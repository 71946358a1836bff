// Goal: a model trained or served on another CPU gives the same answers: every instruction set
// agrees with the weakest, also where lengths are no multiple of its vectors.

#include <cmath>

#include <gtest/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/gramian.h"
#include "linalg/normal_equations.h"
#include "linalg/slow_reference.h"
#include "linalg/top_k.h"
#include "linalg/vector_ops.h"

namespace marquee::linalg {
namespace {

class TargetsAgree : public EveryTarget {
 protected:
  /// What `compute` gives on the weakest instruction set and on this one.
  template <typename Compute>
  static auto both(Compute compute) {
    EXPECT_TRUE(use_simd_target(simd_targets().back()).ok());
    auto weakest = compute();
    EXPECT_TRUE(use_simd_target(GetParam()).ok());
    return std::pair(weakest, compute());
  }
  static void expect_near(const std::vector<float>& a, const std::vector<float>& b, double bound,
                          std::size_t size) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_NEAR(a[i], b[i], bound * (1 + std::abs(double{a[i]}))) << "size " << size;
    }
  }
};
MARQUEE_FOR_EVERY_TARGET(TargetsAgree);

TEST_P(TargetsAgree, OnScoresOfEveryLengthOfVector) {
  Rng rng(21);
  for (std::size_t k = 1; k <= 67; ++k) {
    const auto matrix = random_floats(rng, 9 * k);
    const auto query = random_floats(rng, k);
    const auto [weakest, here] = both([&] {
      std::vector<float> out(9);
      scores(matrix, query, out);
      return out;
    });
    expect_near(weakest, here, 1e-4, k);
  }
}

TEST_P(TargetsAgree, OnGramians) {
  Rng rng(22);
  for (const std::size_t k : {1U, 3U, 15U, 17U, 31U, 48U, 65U}) {
    const auto matrix = random_floats(rng, 131 * k);
    const auto [weakest, here] = both([&] { return gramian(matrix, k); });
    expect_near(weakest, here, 1e-4, k);
  }
}

TEST_P(TargetsAgree, OnSolutions) {
  Rng rng(23);
  for (const std::size_t k : {1U, 2U, 7U, 16U, 19U, 33U, 64U}) {
    const auto matrix = random_floats(rng, 40 * k);
    const auto products = gramian(matrix, k);
    const std::vector<std::uint32_t> rows{3, 9, 9, 27, 39};
    const auto [weakest, here] = both([&] {
      NormalEquations equations(k);
      equations.start(products, 0.2F, 1.0F);
      equations.add(matrix, rows);
      std::vector<float> x(k);
      EXPECT_TRUE(equations.solve(x).ok());
      return x;
    });
    expect_near(weakest, here, 1e-3, k);
  }
}

TEST_P(TargetsAgree, OnTheBestToTheBitWithTiesAcrossTheEdgesOfVectors) {
  Rng rng(24);
  for (std::size_t size = 0; size <= 70; ++size) {
    std::vector<float> values(size);
    for (float& value : values) value = static_cast<float>(rng.below(4));
    for (const std::size_t count : {1U, 5U, 33U}) {
      const auto [weakest, here] = both([&] { return top_k(values, count); });
      ASSERT_EQ(weakest, here) << size << " values, the best " << count;
    }
  }
}

}  // namespace
}  // namespace marquee::linalg
