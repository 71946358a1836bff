#include "adapters/embedded/event_log/append_queue.h"

#include <thread>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/recent_records.h"
#include "testing/event_builder.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;

QueuedAppend append_of(std::size_t events) {
  return {std::vector<PendingEvent>(events), [](const auto&) {}};
}

TEST(AppendQueue, CountsEventsNotAppends) {
  AppendQueue queue(10);
  auto six = append_of(6), five = append_of(5), four = append_of(4);
  EXPECT_EQ(queue.try_push(six), AppendQueue::Pushed::kYes);
  EXPECT_EQ(queue.try_push(five), AppendQueue::Pushed::kFull);
  EXPECT_EQ(five.events.size(), 5U);  // still the caller's
  EXPECT_EQ(queue.try_push(four), AppendQueue::Pushed::kYes);
  EXPECT_EQ(queue.pop_all().size(), 2U);
  EXPECT_EQ(queue.try_push(five), AppendQueue::Pushed::kYes);
}

TEST(AppendQueue, ClosedItHandsOutWhatIsThereAndThenNothing) {
  AppendQueue queue(10);
  auto one = append_of(1), late = append_of(1);
  EXPECT_EQ(queue.try_push(one), AppendQueue::Pushed::kYes);
  queue.close();
  EXPECT_EQ(queue.try_push(late), AppendQueue::Pushed::kClosed);
  EXPECT_EQ(queue.pop_all().size(), 1U);
  EXPECT_TRUE(queue.pop_all().empty());
}

TEST(AppendQueue, AWaitingConsumerIsWokenByTheFirstAppend) {
  AppendQueue queue(10);
  std::jthread producer([&] {
    auto one = append_of(1);
    (void)queue.try_push(one);
  });
  EXPECT_EQ(queue.pop_all().size(), 1U);
}

TEST(RecentRecords, HoldsTheLastOnesAndSaysWhenItHasNot) {
  RecentRecords recent(3);
  EXPECT_FALSE(recent.find(0, 10));
  recent.add({EventBuilder("u", "m").record(0), EventBuilder("u", "m").record(1)});
  recent.add({EventBuilder("u", "m").record(2), EventBuilder("u", "m").record(3)});
  EXPECT_FALSE(recent.find(0, 10));
  ASSERT_TRUE(recent.find(1, 10));
  EXPECT_EQ(recent.find(1, 10)->size(), 3U);
  EXPECT_EQ(recent.find(2, 1)->size(), 1U);
  EXPECT_EQ(recent.find(2, 1)->front().offset.sequence, 2U);
  EXPECT_FALSE(recent.find(4, 10));
}

TEST(AppendQueue, TellsHowManyEventsWaitAndHowManyItRefused) {
  AppendQueue queue(10);
  auto six = append_of(6), five = append_of(5);
  (void)queue.try_push(six);
  (void)queue.try_push(five);
  EXPECT_EQ(queue.state(), (QueueState{6, 10, 5}));
  (void)queue.pop_all();
  EXPECT_EQ(queue.state(), (QueueState{0, 10, 5}));
}

}  // namespace
}  // namespace marquee::embedded
