// Goal: steps of conjugate gradients are those of the textbook, on every instruction set, and lead
// to what Cholesky solves.

#include "linalg/conjugate_gradients.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/gramian.h"
#include "linalg/normal_equations.h"
#include "linalg/slow_reference.h"

namespace marquee::linalg {
namespace {

class ConjugateGradientsOf : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(ConjugateGradientsOf);

constexpr std::size_t kMatrixRows = 50;
constexpr float kScale = 0.3F;
constexpr float kRidge = 0.7F;

struct Task {
  std::size_t k = 0;
  std::vector<float> matrix{};
  std::vector<float> base{};
  std::vector<std::uint32_t> rows{};
  std::vector<float> weights{};
  std::vector<float> start{};
};

Task random_task(std::size_t k, std::size_t rows, bool with_weights, std::uint64_t seed) {
  Rng rng(seed);
  Task task{.k = k, .matrix = random_floats(rng, kMatrixRows * k)};
  for (float& value : task.matrix) value *= 0.3F;
  task.base = gramian(task.matrix, k);
  for (std::size_t i = 0; i < rows; ++i) {
    task.rows.push_back(static_cast<std::uint32_t>(rng.below(kMatrixRows)));
    if (with_weights) task.weights.push_back(static_cast<float>(rng.uniform() * 2));
  }
  task.start = random_floats(rng, k);
  return task;
}

struct Outcome {
  std::vector<float> x;
  double gain = 0;

  bool operator==(const Outcome&) const = default;
};

Outcome improve(const Task& task, std::size_t steps, ConjugateGradients& gradients) {
  Outcome outcome{task.start};
  const PaddedRows matrix(task.matrix, task.k);
  gradients.start(task.base, kScale);
  gradients.improve(matrix, task.rows, task.weights, kRidge, steps, outcome.x);
  outcome.gain = gradients.gain();
  return outcome;
}

Outcome improve(const Task& task, std::size_t steps) {
  ConjugateGradients gradients(task.k);
  return improve(task, steps, gradients);
}

struct SlowEquations {
  std::vector<double> a;
  std::vector<double> b;

  explicit SlowEquations(const Task& task) : a(task.k * task.k), b(task.k) {
    const std::size_t k = task.k;
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = double{kScale} * double{task.base[i]};
    for (std::size_t i = 0; i < k; ++i) a[i * k + i] += double{kRidge};
    for (std::size_t n = 0; n < task.rows.size(); ++n) {
      const float* y = &task.matrix[task.rows[n] * k];
      const double weight = task.weights.empty() ? 1 : double{task.weights[n]};
      for (std::size_t r = 0; r < k; ++r) {
        b[r] += weight * double{y[r]};
        for (std::size_t c = 0; c < k; ++c) a[r * k + c] += weight * double{y[r]} * double{y[c]};
      }
    }
  }

  /// 2·b·x − x·A·x
  double gain(const std::vector<double>& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < b.size(); ++i) sum += 2 * b[i] * x[i];
    for (std::size_t i = 0; i < a.size(); ++i) sum -= x[i / b.size()] * a[i] * x[i % b.size()];
    return sum;
  }
};

void expect_near(const Outcome& outcome, const std::vector<double>& x, double gain) {
  double size = 1;
  for (const double value : x) size = std::max(size, std::abs(value));
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(outcome.x[i], x[i], 2e-3 * size) << i;
  ASSERT_NEAR(outcome.gain, gain, 1e-3 * (size * size + std::abs(gain)));
}

TEST_P(ConjugateGradientsOf, TakesTheStepsOfTheTextbookAndKnowsTheirGain) {
  EXPECT_TRUE(rc::check([] {
    // 64 is what fits into registers with AVX-512.
    const auto k =
        *rc::gen::oneOf(rc::gen::inRange<std::size_t>(1, 90), rc::gen::just<std::size_t>(64));
    const Task task =
        random_task(k, *rc::gen::inRange<std::size_t>(0, 40), *rc::gen::arbitrary<bool>(),
                    *rc::gen::arbitrary<std::uint64_t>());
    const auto steps = *rc::gen::inRange<std::size_t>(0, 6);
    const SlowEquations slow(task);
    const auto x = improve_slowly(slow.a, slow.b, {task.start.begin(), task.start.end()}, steps);
    expect_near(improve(task, steps), x, slow.gain(x));
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

TEST_P(ConjugateGradientsOf, LeadToWhatCholeskySolves) {
  for (const std::size_t k : {1U, 7U, 16U, 64U, 80U}) {
    const Task task = random_task(k, 30, true, 11);
    NormalEquations equations(k);
    equations.start(task.base, kScale, kRidge);
    equations.add(task.matrix, task.rows, task.weights);
    std::vector<float> x(k);
    ASSERT_TRUE(equations.solve(x).ok());
    expect_near(improve(task, 40), {x.begin(), x.end()}, equations.gain());
  }
}

TEST_P(ConjugateGradientsOf, GiveTheSameBitsWhateverWasImprovedBefore) {
  const Task task = random_task(64, 21, true, 12);
  const Outcome alone = improve(task, 4);
  ConjugateGradients gradients(64);
  (void)improve(random_task(64, 40, false, 13), 3, gradients);
  EXPECT_EQ(improve(task, 4, gradients), alone);
}

TEST_P(ConjugateGradientsOf, StayWhereThereIsNoWayToGo) {
  Task task = random_task(5, 0, false, 14);
  task.start.assign(5, 0);
  EXPECT_EQ(improve(task, 4), (Outcome{{0, 0, 0, 0, 0}, 0})) << "nothing was met: zero is best";

  ConjugateGradients gradients(2);
  gradients.start(std::vector<float>(4), 1);
  std::vector<float> x{3, 4};
  const std::vector<float> zeros(2);
  const PaddedRows matrix(zeros, 2);
  const std::vector<std::uint32_t> rows{0};
  gradients.improve(matrix, rows, {}, 0, 4, x);
  EXPECT_EQ(x, (std::vector<float>{3, 4})) << "every x is as good";
}

}  // namespace
}  // namespace marquee::linalg
