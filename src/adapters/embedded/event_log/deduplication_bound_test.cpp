// Goal: what recognising repeats needs in memory has a bound that holds whatever the fold does, and
// no repeat is taken for new because of it.

#include <map>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/deduplication_metrics.h"
#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;

/// Everything that was folded, as the history table has it.
class FoldedHistory final : public KnownEvents {
 public:
  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override {
    const auto found = known.find({user, id});
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::pair<UserId, EventId>, KnownEvent> known;
};

class DeduplicationBoundTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kLimit = 60;

  DeduplicationBoundTest() { open(); }

  void open() {
    SegmentWriter::Options options;
    options.directory = "events";
    options.recent_events_max = 20;
    options.recent_events_limit = kLimit;
    options.verify_from = folded_end_;
    options.folded_end = [this] { return folded_end_; };
    auto writer = SegmentWriter::open(disk_, options, &folded_, clock_);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    writer_ = std::move(writer).value();
  }
  Result<AppendOutcome> append(std::uint64_t number) {
    auto commit = writer_->commit({{EventBuilder("u", "m").id(number).pending()}});
    MARQUEE_TRY(const auto outcome, std::move(commit.outcomes[0]));
    return outcome.front();
  }
  void append_until(std::uint64_t end) {
    for (std::uint64_t number = writer_->end(); number < end; ++number) {
      const auto outcome = append(number);
      ASSERT_TRUE(outcome.ok()) << outcome.error().message;
      ASSERT_EQ(outcome->status, AppendStatus::kAccepted);
    }
  }
  void fold_until(std::uint64_t end) {
    RecordReader reader(writer_->segments());
    const auto found = reader.read(folded_end_, end, end - folded_end_);
    ASSERT_TRUE(found.ok());
    for (const LogRecord& record : found->records) {
      folded_.known.emplace(
          std::pair(record.event.user_id, record.event.event_id),
          KnownEvent{record.offset, record.fingerprint, record.event.accepted_at_ms});
    }
    folded_end_ = end;
  }
  void expect_refused(const Result<AppendOutcome>& outcome) {
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(writer_->health().ok());
  }
  void expect_all_are_repeats(std::uint64_t end) {
    for (std::uint64_t number = 0; number < end; ++number) {
      const auto again = append(number);
      ASSERT_TRUE(again.ok()) << again.error().message;
      EXPECT_EQ(again->status, AppendStatus::kDuplicate) << number;
      EXPECT_EQ(again->offset.sequence, number);
    }
  }

  testing::ManualClock clock_;
  SimulatedDisk disk_{1};
  FoldedHistory folded_;
  std::uint64_t folded_end_ = 0;
  std::unique_ptr<SegmentWriter> writer_;
};

TEST_F(DeduplicationBoundTest, EventsAreRefusedWhileTheFoldIsTooFarBehind) {
  append_until(kLimit);
  expect_refused(append(kLimit));
  expect_refused(append(kLimit));
  EXPECT_EQ(writer_->deduplication().remembered, kLimit);
  EXPECT_EQ(writer_->deduplication().refused, 2U);
  EXPECT_EQ(writer_->end(), kLimit);
}

TEST_F(DeduplicationBoundTest, ARepeatIsAnsweredWhenThereIsNoRoomForNewEvents) {
  append_until(kLimit);
  expect_refused(append(kLimit));
  expect_all_are_repeats(kLimit);
}

TEST_F(DeduplicationBoundTest, OnceTheFoldHasMovedOnEventsAreTakenAndOldRepeatsStillKnown) {
  append_until(kLimit);
  expect_refused(append(kLimit));
  fold_until(30);
  append_until(kLimit + 30);
  EXPECT_LE(writer_->deduplication().remembered, kLimit);
  fold_until(kLimit + 30);
  expect_all_are_repeats(kLimit + 30);
  EXPECT_GE(writer_->deduplication().lookups, 30U);
}

TEST_F(DeduplicationBoundTest, MemoryStaysWithinTheLimitHoweverMuchIsStored) {
  for (int step = 1; step <= 100; ++step) {
    append_until(static_cast<std::uint64_t>(step) * 50);
    EXPECT_LE(writer_->deduplication().remembered, kLimit);
    fold_until(writer_->end());
  }
  expect_all_are_repeats(5'000);
}

TEST_F(DeduplicationBoundTest, AStartWithMoreToFoldThanFitsTakesNothingBeforeItIsFolded) {
  append_until(50);
  fold_until(50);
  append_until(100);
  folded_end_ = 0;  // the state was restored or rebuilt from nothing
  folded_.known.clear();
  open();
  EXPECT_LE(writer_->deduplication().remembered, kLimit);
  expect_refused(append(7));
  fold_until(99);
  expect_refused(append(7));
  fold_until(100);
  expect_all_are_repeats(100);
  append_until(120);
}

TEST_F(DeduplicationBoundTest, WhatFitsIsRememberedAtTheStart) {
  append_until(kLimit);
  open();
  EXPECT_EQ(writer_->deduplication().remembered, kLimit);
  expect_all_are_repeats(kLimit);
}

TEST(DeduplicationMetrics, ShowWhatIsHeldAndCountTheRest) {
  telemetry::Metrics metrics;
  DeduplicationMetrics shown(metrics, 500);
  shown.show({.remembered = 7, .lookups = 2, .refused = 1});
  shown.show({.remembered = 5, .lookups = 6, .refused = 1});
  EXPECT_EQ(metrics.gauge("marquee_dedup_memory_events", "").value(), 5);
  EXPECT_EQ(metrics.gauge("marquee_dedup_memory_events_max", "").value(), 500);
  EXPECT_EQ(metrics.counter("marquee_dedup_disk_lookups_total", "").value(), 6);
  EXPECT_EQ(metrics.counter("marquee_dedup_refused_total", "").value(), 1);
}

}  // namespace
}  // namespace marquee::embedded
