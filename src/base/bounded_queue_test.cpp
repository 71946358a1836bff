#include "base/bounded_queue.h"

#include <atomic>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace marquee {
namespace {

using std::chrono::milliseconds;

TEST(BoundedQueue, RefusesWhatExceedsItsLimitAndLeavesItAlone) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.try_push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_push(std::move(second)));
  EXPECT_EQ(*second, 2);  // NOLINT(bugprone-use-after-move): that it was not moved is the point
  EXPECT_EQ(queue.size(), 1U);
}

TEST(BoundedQueue, HandsOutInOrderAtMostSoMany) {
  BoundedQueue<int> queue(10);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(queue.try_push(int{i}));
  EXPECT_EQ(queue.pop_batch(3, milliseconds(0)), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(queue.pop_batch(3, milliseconds(0)), (std::vector<int>{3, 4}));
  EXPECT_TRUE(queue.pop_batch(3, milliseconds(1)).empty());
}

TEST(BoundedQueue, ClosedItRefusesButCanBeDrained) {
  BoundedQueue<int> queue(10);
  ASSERT_TRUE(queue.try_push(1));
  queue.close();
  EXPECT_TRUE(queue.closed());
  EXPECT_FALSE(queue.try_push(2));
  EXPECT_EQ(queue.pop_batch(9, milliseconds(1'000)).size(), 1U);
  EXPECT_TRUE(queue.pop_batch(9, milliseconds(60'000)).empty()) << "does not wait when closed";
}

TEST(BoundedQueue, LosesNothingBetweenManyThreads) {
  BoundedQueue<int> queue(64);
  std::atomic<int> sum = 0, taken = 0;
  constexpr int kEach = 2'000;
  {
    std::vector<std::jthread> consumers;
    for (int i = 0; i < 2; ++i) {
      consumers.emplace_back([&] {
        while (taken < 2 * kEach) {
          for (const int item : queue.pop_batch(16, milliseconds(10))) {
            sum += item;
            ++taken;
          }
        }
      });
    }
    std::vector<std::jthread> producers;
    for (int i = 0; i < 2; ++i) {
      producers.emplace_back([&] {
        for (int n = 0; n < kEach; ++n) {
          while (!queue.try_push(1)) std::this_thread::yield();
        }
      });
    }
  }
  EXPECT_EQ(sum, 2 * kEach);
}

TEST(BoundedQueue, TellsHowFullItIsAndWhatItRefusedForThat) {
  BoundedQueue<int> queue(2);
  EXPECT_EQ(queue.state(), (QueueState{0, 2, 0}));
  for (int i = 0; i < 5; ++i) (void)queue.try_push(int{i});
  EXPECT_EQ(queue.state(), (QueueState{2, 2, 3}));
  queue.close();
  (void)queue.try_push(9);
  EXPECT_EQ(queue.state().refused, 3U) << "an end is not a lack of room";
}

}  // namespace
}  // namespace marquee
