#include "adapters/embedded/event_log/recent_events.h"

#include <gtest/gtest.h>

#include "testing/event_builder.h"

namespace marquee::embedded {
namespace {

using testing::test_event_id;

RecentEvents::Key key(std::uint64_t number, const std::string& user = "u") {
  return RecentEvents::key_of(UserId(user), test_event_id(number));
}

RecentEvents with(std::uint64_t count) {
  RecentEvents events;
  for (std::uint64_t i = 0; i < count; ++i) events.insert(key(i), {i, 10 + i, 20});
  return events;
}

TEST(RecentEvents, FindsByViewerAndIdTogether) {
  const RecentEvents events = with(3);
  ASSERT_NE(events.find(key(1)), nullptr);
  EXPECT_EQ(events.find(key(1))->offset, 1U);
  EXPECT_EQ(events.find(key(1))->fingerprint, 11U);
  EXPECT_EQ(events.find(key(3)), nullptr);
  EXPECT_EQ(events.find(key(1, "v")), nullptr);
}

TEST(RecentEvents, TakesUserIdsOfAnyLength) {
  RecentEvents events;
  events.insert(key(1, std::string(5'000, 'a')), {1, 1, 1});
  EXPECT_NE(events.find(key(1, std::string(5'000, 'a'))), nullptr);
  EXPECT_EQ(events.find(key(1, std::string(5'001, 'a'))), nullptr);
}

TEST(RecentEvents, TakesBackTheEventsOfAFailedFrame) {
  RecentEvents events = with(5);
  events.remove_from(3);
  EXPECT_NE(events.find(key(2)), nullptr);
  EXPECT_EQ(events.find(key(3)), nullptr);
  EXPECT_EQ(events.find(key(4)), nullptr);
  EXPECT_EQ(events.size(), 3U);
  events.remove_from(0);
  EXPECT_EQ(events.size(), 0U);
}

TEST(RecentEvents, ForgetsTheOldestThatTheFoldHasPassed) {
  RecentEvents events = with(10);
  events.forget(2, 5);
  EXPECT_EQ(events.size(), 5U);
  EXPECT_EQ(events.find(key(4)), nullptr);
  EXPECT_NE(events.find(key(5)), nullptr);
  events.forget(2, 100);
  EXPECT_EQ(events.size(), 2U);
}

TEST(RecentEvents, OnlyIdsNotYoungerThanAForgottenOneMayBeForgotten) {
  RecentEvents events = with(10);
  EXPECT_FALSE(events.may_be_forgotten(test_event_id(0)));
  EXPECT_FALSE(events.may_be_forgotten(Uuid{}));
  events.forget(6, 100);
  EXPECT_TRUE(events.may_be_forgotten(test_event_id(0)));
  EXPECT_TRUE(events.may_be_forgotten(test_event_id(3)));
  EXPECT_FALSE(events.may_be_forgotten(test_event_id(4)));
  EXPECT_TRUE(events.may_be_forgotten(Uuid{}));  // no time in it
}

}  // namespace
}  // namespace marquee::embedded
