#include "base/clock.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace marquee {
namespace {

TEST(SystemClock, SteadyNeverGoesBackAndWallIsThisCentury) {
  const SystemClock clock;
  const auto first = clock.steady();
  EXPECT_LE(first, clock.steady());
  EXPECT_GT(clock.wall_ms(), 1'700'000'000'000);
}

TEST(ManualClock, MovesOnlyWhenTold) {
  marquee::testing::ManualClock clock(5'000);
  const auto before = clock.steady();
  EXPECT_EQ(clock.wall_ms(), 5'000);
  clock.advance(std::chrono::milliseconds(7));
  EXPECT_EQ(clock.wall_ms(), 5'007);
  EXPECT_EQ(clock.steady() - before, std::chrono::milliseconds(7));
  clock.jump_wall(std::chrono::milliseconds(-100));
  EXPECT_EQ(clock.wall_ms(), 4'907);
  EXPECT_EQ(clock.steady() - before, std::chrono::milliseconds(7));
}

}  // namespace
}  // namespace marquee
