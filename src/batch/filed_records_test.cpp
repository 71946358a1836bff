// Goal: every partition ends a day at one place, whatever the clocks of those who wrote to it.

#include "batch/filed_records.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "batch/partitioned_fixture.h"

namespace marquee::batch {
namespace {

constexpr std::int64_t kNoon = 1'735'732'800'000;  // 2025-01-01T12:00:00Z
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kYear = 365 * kMillisecondsPerDay;
constexpr std::int64_t kPoison = std::numeric_limits<std::int64_t>::max();

/// Pushes records accepted so many minutes after noon, and returns how they are filed.
std::vector<std::int64_t> filed_minutes(const std::vector<std::int64_t>& minutes) {
  PartitionedWorld world(2);
  for (const std::int64_t minute : minutes) {
    world.accept(0, kNoon);  // of another partition
    if (minute == kPoison) {
      world.poison(1);
    } else {
      world.accept(1, kNoon + minute * kMinuteMs);
    }
  }
  std::vector<std::int64_t> filed;
  FiledRecords records(world.log, 1, 0, world.log.end().next(1));
  for (;;) {
    const auto next = records.front();
    EXPECT_TRUE(next.ok());
    if (*next == nullptr) break;
    EXPECT_EQ((*next)->record.offset, (Offset{1, filed.size()}));
    EXPECT_EQ(records.position(), filed.size());
    const bool timeless = (*next)->time_ms == FiledRecords::kNoTime;
    filed.push_back(timeless ? kPoison : ((*next)->time_ms - kNoon) / kMinuteMs);
    records.pop();
  }
  EXPECT_EQ(records.position(), minutes.size());
  return filed;
}

using Minutes = std::vector<std::int64_t>;

TEST(FiledRecords, StayWhereTheirPredecessorsWereWhenAClockIsBehind) {
  EXPECT_EQ(filed_minutes({0, 10, 7, 12, 3, 12, 20}), (Minutes{0, 10, 10, 12, 12, 12, 20}));
}

RC_GTEST_PROP(FiledRecords, HaveTheNewestTimeSoFarWhenNoClockIsAnHourOff, ()) {
  Minutes minutes;
  for (int i = 0; i < 60; ++i) minutes.push_back(3 * i + *rc::gen::inRange(0, 55));
  Minutes newest;
  for (const std::int64_t minute : minutes) {
    newest.push_back(newest.empty() ? minute : std::max(minute, newest.back()));
  }
  RC_ASSERT(filed_minutes(minutes) == newest);
}

TEST(FiledRecords, DoNotBelieveATimeThatMostOfTheNextOnesContradict) {
  constexpr std::int64_t kAhead = kYear / kMinuteMs;
  EXPECT_EQ(filed_minutes({0, kAhead, 1, kAhead, 2, 3}), (Minutes{0, 0, 1, 1, 2, 3}));
  EXPECT_EQ(filed_minutes({kAhead, 1, 2}), (Minutes{kPoison, 1, 2}));  // before it was no event
}

TEST(FiledRecords, BelieveATimeThatNobodyContradictsYet) {
  EXPECT_EQ(filed_minutes({0, 200}), (Minutes{0, 200}));
}

TEST(FiledRecords, AreNotMovedByATimeLongGone) {
  constexpr std::int64_t kBehind = -kYear / kMinuteMs;
  EXPECT_EQ(filed_minutes({0, 1, kBehind, 2, 3}), (Minutes{0, 1, 1, 2, 3}));
  EXPECT_EQ(filed_minutes({kBehind, 0, 1}), (Minutes{kBehind, 0, 1}));
}

TEST(FiledRecords, ThatAreNoEventsHaveNoTimeAndTellNothing) {
  EXPECT_EQ(filed_minutes({kPoison, 5, kPoison, kPoison, kPoison, 70}),
            (Minutes{kPoison, 5, 5, 5, 5, 70}));
}

TEST(FiledRecords, TellTheNextTimeThereIsWithoutMovingOn) {
  PartitionedWorld world(1);
  for (int i = 0; i < 5'000; ++i) world.poison(0);  // more than one read
  world.accept(0, kNoon);
  FiledRecords records(world.log, 0, 0, 5'001);
  EXPECT_EQ(*records.next_time_ms(), kNoon);
  EXPECT_EQ(records.position(), 0U);
  EXPECT_EQ(*FiledRecords(world.log, 0, 0, 5'000).next_time_ms(), FiledRecords::kNoTime);
}

TEST(FiledRecords, TakeAnyNumberForATime) {
  PartitionedWorld world(1);
  world.accept(0, std::numeric_limits<std::int64_t>::min());
  world.accept(0, std::numeric_limits<std::int64_t>::max());
  FiledRecords records(world.log, 0, 0, 2);
  EXPECT_EQ((*records.front())->time_ms, 0);
  records.pop();
  EXPECT_EQ(utc_day((*records.front())->time_ms), utc_day(*parse_rfc3339("9999-12-31T00:00:00Z")));
}

TEST(FiledRecords, EndWhereTheyAreAskedToAndPassGaps) {
  PartitionedWorld world(2);
  world.accept(1, kNoon);
  world.log.push_gap(1);
  world.accept(1, kNoon);
  world.log.push_gap(1);
  for (const std::uint64_t end : {1U, 2U, 3U, 4U, 9U}) {
    FiledRecords records(world.log, 1, 0, end);
    std::size_t count = 0;
    for (; *records.front() != nullptr; records.pop()) ++count;
    EXPECT_EQ(count, end < 3 ? 1U : 2U) << end;
    EXPECT_EQ(records.position(), std::min<std::uint64_t>(end, 4)) << end;
  }
}

}  // namespace
}  // namespace marquee::batch
