#include "speed/step_thread.h"

#include <atomic>
#include <new>

#include <gtest/gtest.h>

#include "speed/store_away_for_test.h"

namespace marquee::speed {
namespace {

using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 5'000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return false;
}

TEST(StepThread, StepsUntilItIsStopped) {
  std::atomic<int> steps = 0;
  StepThread thread({"folding", "fold", ThreadRole::kAnswers}, {});
  thread.start([&]() -> Result<void> { return ++steps, Result<void>(); }, nullptr);
  EXPECT_TRUE(eventually([&] { return steps > 10; }));
  thread.stop();
  const int stopped_at = steps;
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(steps, stopped_at);
}

TEST(StepThread, SaysWhyItStandsStillAndThatItGoesOn) {
  std::atomic<bool> away = true;
  StepThread thread({"folding", "fold", ThreadRole::kAnswers}, {1ms, 4ms});
  thread.start([&]() -> Result<void> { return away ? Result<void>(kAway) : Result<void>(); },
               nullptr);
  ASSERT_TRUE(eventually([&] { return !thread.health().ok(); }));
  EXPECT_EQ(thread.health().error().message, "folding stands still: the store is away");
  away = false;
  EXPECT_TRUE(eventually([&] { return thread.health().ok(); }));
}

TEST(StepThread, WaitsTwiceAsLongAfterEveryFailureUpToABound) {
  std::mutex mutex;
  std::vector<std::chrono::milliseconds> waits;
  StepThread thread({"folding", "fold", ThreadRole::kAnswers}, {1ms, 4ms});
  thread.start([&]() -> Result<void> { return kAway; },
               [&](std::chrono::milliseconds wait) {
                 const std::lock_guard lock(mutex);
                 waits.push_back(wait);
               });
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return waits.size() >= 5;
  }));
  thread.stop();
  waits.resize(5);
  EXPECT_EQ(waits, (std::vector{1ms, 2ms, 4ms, 4ms, 4ms}));
}

TEST(StepThread, TakesAStepThatFindsNoMemoryForOneThatFailed) {
  std::atomic<int> steps = 0;
  StepThread thread({"folding", "fold", ThreadRole::kAnswers}, {1ms, 1ms});
  thread.start(
      [&]() -> Result<void> {
        if (++steps == 1) throw std::bad_alloc();
        return {};
      },
      nullptr);
  EXPECT_TRUE(eventually([&] { return steps > 2 && thread.health().ok(); }));
}

TEST(StepThread, EndsDuringAPauseAtOnce) {
  StepThread thread({"folding", "fold", ThreadRole::kAnswers}, {1h, 1h});
  thread.start([&]() -> Result<void> { return kAway; }, nullptr);
  ASSERT_TRUE(eventually([&] { return !thread.health().ok(); }));
  thread.stop();  // would take an hour
}

}  // namespace
}  // namespace marquee::speed
