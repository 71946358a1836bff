// Many clients in memory of a fixed size: each has its own limit, and no flood gives one back.

#include "gateway/rate_limiter.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::gateway {
namespace {

constexpr std::int64_t kNow = 1'000'000'000'000;

/// Takes all that `client` may have now.
std::int64_t use_up(RateLimiter& limiter, std::uint64_t client, std::int64_t now) {
  std::int64_t passed = 0;
  while (limiter.ask(client, now).passes) ++passed;
  return passed;
}

TEST(RateLimiter, CountsEachClientByItself) {
  RateLimiter limiter(Gcra::per_minute(100));
  EXPECT_EQ(use_up(limiter, 1, kNow), 100);
  EXPECT_EQ(use_up(limiter, 2, kNow), 100);
  EXPECT_FALSE(limiter.ask(1, kNow).passes);
}

TEST(RateLimiter, AFloodOfStrangersDoesNotGiveAUsedUpAllowanceBack) {
  RateLimiter limiter(Gcra::per_minute(100), RateLimiter::kShards);  // 512 places
  ASSERT_EQ(use_up(limiter, 1, kNow), 100);
  for (std::uint64_t stranger = 2; stranger < 1'000'000; ++stranger) {
    (void)limiter.ask(stranger, kNow + static_cast<std::int64_t>(stranger));
  }
  EXPECT_FALSE(limiter.ask(1, kNow + 1'000'000).passes);
}

TEST(RateLimiter, ForgetsFirstWhoseTimeHasPassed) {
  RateLimiter limiter(Gcra::per_minute(100), RateLimiter::kShards);
  constexpr std::int64_t kMinute = 60'000'000'000;
  for (std::uint64_t client = 1; client < 1'000; ++client) (void)use_up(limiter, client, kNow);
  for (std::uint64_t client = 1; client < 1'000; ++client) {
    EXPECT_EQ(use_up(limiter, client, kNow + kMinute), 100) << client;
  }
}

RC_GTEST_PROP(RateLimiter, IsTheLimitOfEachWhileThereIsRoom, ()) {
  const Gcra limit{1'000, 3};
  RateLimiter limiter(limit);
  std::vector<std::int64_t> tats(8, 0);
  std::int64_t now = kNow;
  const auto steps = *rc::gen::container<std::vector<std::pair<std::size_t, int>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, 8), rc::gen::inRange(0, 700)));
  for (const auto& [client, gap] : steps) {
    now += gap;
    const auto expected = limit.ask(tats[client], now);
    tats[client] = expected.tat;
    const auto decision = limiter.ask(client + 1, now);
    RC_ASSERT(decision.passes == expected.passes);
    RC_ASSERT(decision.remaining == expected.remaining);
  }
}

TEST(RateLimiter, LetsExactlyTheBurstThroughWhenManyThreadsAsk) {
  RateLimiter limiter(Gcra::per_minute(100));
  std::atomic<std::int64_t> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1'000; ++n) passed += limiter.ask(7, kNow).passes ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(passed, 100);
}

}  // namespace
}  // namespace marquee::gateway
