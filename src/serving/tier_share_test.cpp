#include "serving/tier_share.h"

#include <map>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::serving {
namespace {

using ::testing::HasSubstr;
using Counts = std::map<Tiers, int>;

Counts taken(double share, int requests) {
  telemetry::Metrics metrics;
  TierShare of(share, metrics);
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

TEST(TierShare, CountsWhatItTook) {
  telemetry::Metrics metrics;
  TierShare share(0.5, metrics);
  for (int i = 0; i < 16; ++i) (void)share.next();
  for (const char* tier : {"computed", "batch", "realtime", "popular"}) {
    EXPECT_THAT(metrics.exposition(),
                HasSubstr(std::string("marquee_tier_share_total{tier=\"") + tier + "\"} 2"));
  }
}

TEST(TierShare, TheShareHoldsOverManyThreads) {
  telemetry::Metrics metrics;
  TierShare share(0.25, metrics);
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
