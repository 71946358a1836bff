#include "linalg/normal_equations.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/gramian.h"
#include "linalg/slow_reference.h"

namespace marquee::linalg {
namespace {

class NormalEquationsOf : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(NormalEquationsOf);

struct Problem {
  std::size_t k = 0;
  std::vector<float> matrix{};
  std::vector<float> gramian_of_it{};
  std::vector<std::uint32_t> rows{};
  std::vector<float> weights{};
  float scale = 0.3F;
  float ridge = 0.7F;
};

Problem random_problem(std::size_t k, std::size_t rows, std::uint64_t seed) {
  Rng rng(seed);
  Problem problem{.k = k, .matrix = random_floats(rng, 50 * k)};
  problem.gramian_of_it = gramian(problem.matrix, k);
  for (std::size_t i = 0; i < rows; ++i) {
    problem.rows.push_back(static_cast<std::uint32_t>(rng.below(50)));
    problem.weights.push_back(static_cast<float>(rng.uniform() * 2));
  }
  return problem;
}

struct SlowSolution {
  std::vector<double> x;
  double gain = 0;
};

SlowSolution solve_slowly(const Problem& p) {
  std::vector<double> a(p.k * p.k);
  std::vector<double> b(p.k);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = double{p.scale} * double{p.gramian_of_it[i]};
  for (std::size_t i = 0; i < p.k; ++i) a[i * p.k + i] += double{p.ridge};
  for (std::size_t n = 0; n < p.rows.size(); ++n) {
    const float* y = p.matrix.data() + p.rows[n] * p.k;
    const double weight = p.weights.empty() ? 1.0 : double{p.weights[n]};
    for (std::size_t r = 0; r < p.k; ++r) {
      b[r] += weight * double{y[r]};
      for (std::size_t c = 0; c < p.k; ++c) {
        a[r * p.k + c] += weight * double{y[r]} * double{y[c]};
      }
    }
  }
  SlowSolution solution{solve_by_elimination(a, b)};
  for (std::size_t r = 0; r < p.k; ++r) solution.gain += b[r] * solution.x[r];
  return solution;
}

void expect_solved(const Problem& p) {
  NormalEquations equations(p.k);
  equations.start(p.gramian_of_it, p.scale, p.ridge);
  equations.add(p.matrix, p.rows, p.weights);
  std::vector<float> x(p.k);
  ASSERT_TRUE(equations.solve(x).ok());
  const SlowSolution slow = solve_slowly(p);
  for (std::size_t r = 0; r < p.k; ++r) {
    ASSERT_NEAR(x[r], slow.x[r], 2e-4) << "k " << p.k << ", " << p.rows.size() << " rows";
  }
  EXPECT_NEAR(equations.gain(), slow.gain, 1e-3 * (1 + std::abs(slow.gain)));
}

TEST_P(NormalEquationsOf, AgreeWithGaussianEliminationForEveryRank) {
  for (std::size_t k = 1; k <= 40; ++k) expect_solved(random_problem(k, 2 * k, k));
  for (const std::size_t k : {63U, 64U, 65U, 100U, 128U}) expect_solved(random_problem(k, 60, k));
}

TEST_P(NormalEquationsOf, AgreeForEveryNumberOfRowsAcrossBatches) {
  for (const std::size_t rows : {0U, 1U, 2U, 127U, 128U, 129U, 300U}) {
    expect_solved(random_problem(64, rows, rows));
  }
}

TEST_P(NormalEquationsOf, NoWeightsMeansWeightsOfOneToTheBit) {
  Problem p = random_problem(20, 45, 5);
  const std::vector<float> ones(p.rows.size(), 1.0F);
  std::vector<float> with(p.k);
  std::vector<float> without(p.k);
  NormalEquations equations(p.k);
  equations.start(p.gramian_of_it, p.scale, p.ridge);
  equations.add(p.matrix, p.rows, ones);
  ASSERT_TRUE(equations.solve(with).ok());
  equations.start(p.gramian_of_it, p.scale, p.ridge);
  equations.add(p.matrix, p.rows);
  ASSERT_TRUE(equations.solve(without).ok());
  EXPECT_EQ(with, without);
}

TEST_P(NormalEquationsOf, OneProblemLeavesNoTraceInTheNext) {
  const Problem first = random_problem(33, 200, 1);
  const Problem second = random_problem(33, 7, 2);
  std::vector<float> fresh(33);
  std::vector<float> reused(33);
  NormalEquations one(33);
  one.start(second.gramian_of_it, 1, 1);
  one.add(second.matrix, second.rows, second.weights);
  ASSERT_TRUE(one.solve(fresh).ok());
  NormalEquations two(33);
  two.start(first.gramian_of_it, 1, 1);
  two.add(first.matrix, first.rows, first.weights);
  ASSERT_TRUE(two.solve(reused).ok());
  two.start(second.gramian_of_it, 1, 1);
  two.add(second.matrix, second.rows, second.weights);
  ASSERT_TRUE(two.solve(reused).ok());
  EXPECT_EQ(fresh, reused);
}

TEST_P(NormalEquationsOf, AnEmptyRightSideSolvesToZero) {
  const Problem p = random_problem(10, 0, 3);
  NormalEquations equations(p.k);
  equations.start(p.gramian_of_it, 1, 1);
  std::vector<float> x(p.k, 9.0F);
  ASSERT_TRUE(equations.solve(x).ok());
  EXPECT_EQ(x, std::vector<float>(p.k, 0.0F));
  EXPECT_EQ(equations.gain(), 0);
}

TEST_P(NormalEquationsOf, AMatrixThatIsNotPositiveDefiniteIsRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> x(2);
  const std::vector<float> b{1, 1};
  for (const std::vector<float>& a : {std::vector<float>{1, 2, 2, 1},
                                      {0, 0, 0, 0},
                                      {1, 1, 1, 1},
                                      {-1, 0, 0, 1},
                                      {nan, 0, 0, 1},
                                      {1, nan, nan, 1},
                                      {infinity, 0, 0, 1}}) {
    const auto refused = solve_spd(a, b, x);
    ASSERT_FALSE(refused.ok()) << a[0] << " " << a[1] << " " << a[3];
    EXPECT_EQ(refused.error().code, ErrorCode::kInternal);
  }
}

TEST_P(NormalEquationsOf, ABadPivotIsRefusedWhereverItStands) {
  // 16 and 64 have no padding that a NaN could spread into and be noticed by.
  for (const std::size_t k : {1U, 15U, 16U, 64U}) {
    for (std::size_t bad = 0; bad < k; ++bad) {
      std::vector<float> a(k * k);
      for (std::size_t r = 0; r < k; ++r) a[r * k + r] = 1;
      std::vector<float> x(k);
      ASSERT_TRUE(solve_spd(a, std::vector<float>(k, 1.0F), x).ok());
      a[bad * k + bad] = bad % 2 == 0 ? -1.0F : 0.0F;
      ASSERT_FALSE(solve_spd(a, std::vector<float>(k, 1.0F), x).ok()) << k << " at " << bad;
    }
  }
}

TEST_P(NormalEquationsOf, WeightsBelongToTheirRowsAcrossBatches) {
  // Row i of the identity with weight i + 1: x[i] = w / (w + ridge), each on its own.
  const std::size_t k = 200;
  std::vector<float> identity(k * k);
  Problem p;
  p.gramian_of_it.resize(k * k);
  for (std::size_t i = 0; i < k; ++i) {
    identity[i * k + i] = 1;
    p.rows.push_back(static_cast<std::uint32_t>(i));
    p.weights.push_back(static_cast<float>(i + 1));
  }
  NormalEquations equations(k);
  equations.start(p.gramian_of_it, 1, 2.0F);
  equations.add(identity, p.rows, p.weights);
  std::vector<float> x(k);
  ASSERT_TRUE(equations.solve(x).ok());
  for (std::size_t i = 0; i < k; ++i) EXPECT_NEAR(x[i], p.weights[i] / (p.weights[i] + 2), 1e-5);
}

TEST_P(NormalEquationsOf, RowsAddedInTwoCallsAreAddedBoth) {
  const Problem p = random_problem(24, 30, 8);
  const std::span<const std::uint32_t> rows(p.rows);
  const std::span<const float> weights(p.weights);
  NormalEquations equations(p.k);
  equations.start(p.gramian_of_it, p.scale, p.ridge);
  equations.add(p.matrix, rows.first(11), weights.first(11));
  equations.add(p.matrix, rows.subspan(11), weights.subspan(11));
  std::vector<float> x(p.k);
  ASSERT_TRUE(equations.solve(x).ok());
  const SlowSolution slow = solve_slowly(p);
  for (std::size_t r = 0; r < p.k; ++r) EXPECT_NEAR(x[r], slow.x[r], 2e-4);
}

TEST_P(NormalEquationsOf, AProblemThatFailedLeavesNoTraceInTheNext) {
  const Problem p = random_problem(16, 20, 9);
  std::vector<float> fresh(p.k);
  std::vector<float> reused(p.k);
  NormalEquations one(p.k);
  one.start(p.gramian_of_it, 1, 1);
  one.add(p.matrix, p.rows, p.weights);
  ASSERT_TRUE(one.solve(fresh).ok());
  NormalEquations two(p.k);
  two.start(p.gramian_of_it, -1, 0);
  ASSERT_FALSE(two.solve(reused).ok());
  two.start(p.gramian_of_it, 1, 1);
  two.add(p.matrix, p.rows, p.weights);
  ASSERT_TRUE(two.solve(reused).ok());
  EXPECT_EQ(fresh, reused);
}

TEST_P(NormalEquationsOf, SolveSpdReadsTheUpperTriangle) {
  std::vector<float> x(2);
  ASSERT_TRUE(solve_spd(std::vector<float>{4, 2, 99, 3}, std::vector<float>{10, 9}, x).ok());
  EXPECT_NEAR(x[0], 1.5, 1e-5);
  EXPECT_NEAR(x[1], 2.0, 1e-5);
}

TEST(SolveSpd, RefusesShapesThatDisagree) {
  std::vector<float> x(2);
  EXPECT_EQ(solve_spd(std::vector<float>(3), std::vector<float>(2), x).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(solve_spd({}, {}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(solve_spd(std::vector<float>(1), std::vector<float>(1), x).error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::linalg
