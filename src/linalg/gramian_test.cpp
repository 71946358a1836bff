#include "linalg/gramian.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "linalg/every_target_test.h"
#include "linalg/slow_reference.h"

namespace marquee::linalg {
namespace {

class Gramian : public EveryTarget {};
MARQUEE_FOR_EVERY_TARGET(Gramian);

TEST_P(Gramian, AgreesWithThreeLoopsForEveryShape) {
  Rng rng(1);
  for (const std::size_t k : {1U, 5U, 16U, 33U, 64U}) {
    for (const std::size_t rows : {0U, 1U, 127U, 128U, 129U, 500U}) {
      const auto matrix = random_floats(rng, rows * k);
      const auto result = gramian(matrix, k);
      ASSERT_EQ(result.size(), k * k);
      for (std::size_t a = 0; a < k; ++a) {
        for (std::size_t b = 0; b < k; ++b) {
          double sum = 0;
          for (std::size_t r = 0; r < rows; ++r) {
            sum += double{matrix[r * k + a]} * double{matrix[r * k + b]};
          }
          ASSERT_NEAR(result[a * k + b], sum, 1e-5 * static_cast<double>(rows) + 1e-6)
              << "k " << k << ", rows " << rows << ", element " << a << "," << b;
        }
      }
    }
  }
}

TEST_P(Gramian, CountsEveryRowOnceWhenStripesHoldSeveralBlocks) {
  const std::size_t rows = 16 * 128 * 3 + 77;
  EXPECT_EQ(gramian(std::vector<float>(rows, 1.0F), 1, 2).front(), static_cast<float>(rows));
}

TEST_P(Gramian, HasTheSameBitsForAnyNumberOfWorkers) {
  Rng rng(2);
  const std::size_t k = 24;
  const auto matrix = random_floats(rng, 5000 * k);
  const auto alone = gramian(matrix, k, 1);
  for (const std::size_t workers : {2U, 3U, 8U}) EXPECT_EQ(gramian(matrix, k, workers), alone);
}

TEST_P(Gramian, IsSymmetricToTheBit) {
  Rng rng(3);
  const std::size_t k = 19;
  const auto result = gramian(random_floats(rng, 300 * k), k);
  for (std::size_t a = 0; a < k; ++a) {
    for (std::size_t b = 0; b < k; ++b) EXPECT_EQ(result[a * k + b], result[b * k + a]);
  }
}

}  // namespace
}  // namespace marquee::linalg
