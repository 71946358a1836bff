#include "base/parallel_for.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

namespace marquee {
namespace {

class ParallelFor
    : public ::testing::TestWithParam<std::tuple<std::size_t, std::size_t, std::size_t>> {};

TEST_P(ParallelFor, VisitsEveryIndexOnceWithAKnownWorker) {
  const auto [workers, count, grain] = GetParam();
  std::vector<std::atomic<int>> visits(count);
  std::atomic<bool> known = true;
  parallel_for(workers, count, grain, [&, w = workers](std::size_t worker, std::size_t index) {
    ++visits[index];
    if (worker >= w) known = false;
  });
  for (const auto& visit : visits) EXPECT_EQ(visit, 1);
  EXPECT_TRUE(known);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ParallelFor,
                         ::testing::Combine(::testing::Values(1, 2, 3, 8),
                                            ::testing::Values(0, 1, 7, 1'000),
                                            ::testing::Values(1, 4, 2'000)));

TEST(AvailableCpus, IsAtLeastOne) { EXPECT_GE(available_cpus(), 1U); }

}  // namespace
}  // namespace marquee
