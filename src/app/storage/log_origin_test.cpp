#include "app/storage/log_origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/event_builder.h"
#include "testing/fake_partitioned_log.h"

namespace marquee::app {
namespace {

using namespace std::chrono_literals;
using testing::EventBuilder;
using testing::FakePartitionedLog;
using ::testing::HasSubstr;

class FoldedFrom : public ::testing::Test {
 protected:
  /// Stores `count` events of viewers in both partitions; ids follow from `seed`.
  static void fill(FakePartitionedLog& log, int count, std::uint64_t seed) {
    for (int i = 0; i < count; ++i) {
      for (const char* user : {"a", "bb"}) {
        Event event = EventBuilder(user, "m1").build();
        event.event_id = testing::test_event_id(seed + static_cast<std::uint64_t>(i));
        log.push(event, 1);
      }
    }
  }
  /// What a state says that folded all of `log`.
  static std::vector<FoldedEvent> last_of(FakePartitionedLog& log) {
    std::vector<FoldedEvent> last;
    for (const std::int32_t partition : log.partitions()) {
      const auto all = log.read_partitions(std::span(&partition, 1), {}, 1'000, 0ms);
      const LogRecord& record = all->records.back();
      last.push_back({record.offset, record.event.user_id, record.event.event_id});
    }
    return last;
  }
  static Result<void> check(FakePartitionedLog& log, const Cursor& folded,
                            const std::vector<FoldedEvent>& last) {
    return check_folded_from(log, "kafka://b:1/t", folded, last, 50ms);
  }
  static void expect_another(const Result<void>& checked, const char* naming) {
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().code, ErrorCode::kDataLoss);
    EXPECT_THAT(checked.error().message, HasSubstr("kafka://b:1/t"));
    EXPECT_THAT(checked.error().message, HasSubstr(naming));
  }
};

TEST_F(FoldedFrom, TheSameLogIsKnownAlsoWhenItHasGrown) {
  FakePartitionedLog log(2);
  fill(log, 5, 0);
  const Cursor folded = log.end();
  const auto last = last_of(log);
  EXPECT_TRUE(check(log, folded, last).ok());
  fill(log, 5, 100);
  EXPECT_TRUE(check(log, folded, last).ok());
  EXPECT_TRUE(check(log, {}, {}).ok()) << "nothing was folded";
}

TEST_F(FoldedFrom, ALogThatWasMadeAgainIsRefusedHoweverLongItHasBecome) {
  FakePartitionedLog old(2), anew(2);
  fill(old, 5, 0);
  fill(anew, 50, 1'000);
  expect_another(check(anew, old.end(), last_of(old)), "k:0:4");
}

TEST_F(FoldedFrom, ALogThatEndsBeforeTheStateIsRefused) {
  FakePartitionedLog old(2), shorter(2);
  fill(old, 5, 0);
  fill(shorter, 4, 0);
  expect_another(check(shorter, old.end(), last_of(old)), "ends at k:0:4");
}

TEST_F(FoldedFrom, WhatTheLogNoLongerKeepsIsTakenForRight) {
  FakePartitionedLog old(2), moved_on(2);
  fill(old, 5, 0);
  fill(moved_on, 9, 1'000);
  moved_on.remove_before(moved_on.end());
  EXPECT_TRUE(check(moved_on, old.end(), last_of(old)).ok());
}

}  // namespace
}  // namespace marquee::app
