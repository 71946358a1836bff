#include "serving/tier_share.h"

#include <limits>
#include <map>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace marquee::serving {
namespace {

namespace testing = marquee::testing;
using ::testing::HasSubstr;
using Counts = std::map<Tiers, int>;

constexpr double kNoBound = std::numeric_limits<double>::infinity();

Counts taken(double share, int requests) {
  telemetry::Metrics metrics;
  const testing::ManualClock clock;
  TierShare of({share, kNoBound}, clock, metrics);
  Counts counts;
  for (int i = 0; i < requests; ++i) ++counts[of.next()];
  return counts;
}

TEST(TierShare, GivesEachLowerTierItsTurn) {
  EXPECT_EQ(taken(0.01, 40'000), (Counts{{Tiers::kAll, 39'600},
                                         {Tiers::kPastCache, 100},
                                         {Tiers::kBatch, 100},
                                         {Tiers::kRealtime, 100},
                                         {Tiers::kPopular, 100}}));
}

TEST(TierShare, TakesNothingAtZeroAndEverythingAtOne) {
  EXPECT_EQ(taken(0, 100), (Counts{{Tiers::kAll, 100}}));
  EXPECT_EQ(taken(1, 100).count(Tiers::kAll), 0U);
}

TEST(TierShare, LeavesTheFirstRequestsAlone) {
  EXPECT_EQ(taken(0.01, 99), (Counts{{Tiers::kAll, 99}}));
  EXPECT_EQ(taken(0.01, 100).at(Tiers::kPastCache), 1);
}

TEST(TierShare, TakesNoMoreThanSoManyASecondAndStillEachTierInTurn) {
  telemetry::Metrics metrics;
  testing::ManualClock clock;
  TierShare share({.share = 0.5, .per_s_max = 20}, clock, metrics);
  Counts counts;
  for (int ms = 0; ms < 2'000; ++ms) {  // 10,000 requests a second
    for (int i = 0; i < 10; ++i) ++counts[share.next()];
    clock.advance(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(counts, (Counts{{Tiers::kAll, 19'960},
                            {Tiers::kPastCache, 10},
                            {Tiers::kBatch, 10},
                            {Tiers::kRealtime, 10},
                            {Tiers::kPopular, 10}}));
}

TEST(TierShare, TheBoundIsNoneWhereLessIsAsked) {
  telemetry::Metrics metrics;
  testing::ManualClock clock;
  TierShare share({.share = 0.5, .per_s_max = 20}, clock, metrics);
  int lower = 0;
  for (int i = 0; i < 40; ++i) {  // 10 a second
    lower += share.next() != Tiers::kAll;
    clock.advance(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(lower, 20);
}

TEST(TierShare, ABoundOfZeroTakesNothing) {
  telemetry::Metrics metrics;
  const testing::ManualClock clock;
  TierShare share({.share = 1, .per_s_max = 0}, clock, metrics);
  EXPECT_EQ(share.next(), Tiers::kAll);
}

TEST(TierShare, CountsWhatItTook) {
  telemetry::Metrics metrics;
  const testing::ManualClock clock;
  TierShare share({0.5, kNoBound}, clock, metrics);
  for (int i = 0; i < 16; ++i) (void)share.next();
  for (const char* tier : {"computed", "batch", "realtime", "popular"}) {
    EXPECT_THAT(metrics.exposition(),
                HasSubstr(std::string("marquee_tier_share_total{tier=\"") + tier + "\"} 2"));
  }
}

TEST(TierShare, TheShareHoldsOverManyThreads) {
  telemetry::Metrics metrics;
  const testing::ManualClock clock;
  TierShare share({0.25, kNoBound}, clock, metrics);
  std::atomic<int> lower = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 1'000; ++j) lower += share.next() != Tiers::kAll;
      });
    }
  }
  EXPECT_EQ(lower, 1'000);
}

}  // namespace
}  // namespace marquee::serving
