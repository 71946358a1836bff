#include "adapters/embedded/event_log/segment_writer.h"

#include <map>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/log_begin.h"
#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::ManualClock;

/// The part of the deduplication window that the fold has passed, in memory.
class ScriptedHistory final : public KnownEvents {
 public:
  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override {
    ++asked;
    if (error) return *error;
    const auto found = known.find({user, id});
    if (found == known.end()) return std::optional<KnownEvent>();
    return std::optional(found->second);
  }

  std::map<std::pair<UserId, EventId>, KnownEvent> known;
  std::optional<Error> error;
  mutable std::uint64_t asked = 0;
};

class SegmentWriterTest : public ::testing::Test {
 protected:
  SegmentWriter::Options options() {
    SegmentWriter::Options options;
    options.directory = "events";
    options.segment_bytes_max = 16 << 10;
    options.grow_bytes = 1 << 10;
    options.recent_events_max = 100;
    options.folded_end = [this] { return folded_end_; };
    return options;
  }
  std::unique_ptr<SegmentWriter> open(SegmentWriter::Options options) {
    auto writer = SegmentWriter::open(disk_, std::move(options), &folded_, clock_);
    EXPECT_TRUE(writer.ok()) << writer.error().message;
    return writer.ok() ? *std::move(writer) : nullptr;
  }
  Result<AppendOutcome> append(SegmentWriter& writer, const EventBuilder& event) {
    auto commit = writer.commit({{event.pending()}});
    MARQUEE_TRY(const auto outcome, std::move(commit.outcomes[0]));
    return outcome.front();
  }
  /// The fold takes in everything that is stored.
  void fold(const SegmentWriter& writer) {
    RecordReader reader(writer.segments());
    const auto found = reader.read(folded_end_, writer.end(), 1'000'000);
    ASSERT_TRUE(found.ok());
    for (const LogRecord& record : found->records) {
      folded_.known.emplace(
          std::pair(record.event.user_id, record.event.event_id),
          KnownEvent{record.offset, record.fingerprint, record.event.accepted_at_ms});
    }
    folded_end_ = writer.end();
  }
  /// An event whose id was made `age` ago.
  EventBuilder made(std::chrono::milliseconds age, std::uint64_t number) {
    const std::int64_t ms = clock_.wall_ms() - age.count() - testing::kTestEpochMs;
    return EventBuilder("u" + std::to_string(number), "m").id(static_cast<std::uint64_t>(ms));
  }

  ManualClock clock_{testing::kTestEpochMs + 100'000'000};
  SimulatedDisk disk_{1};
  ScriptedHistory folded_;
  std::uint64_t folded_end_ = 0;
};

TEST_F(SegmentWriterTest, AppendsThatAreQueuedTogetherBecomeOneFrameAndOneSync) {
  const auto writer = open(options());
  (void)append(*writer, EventBuilder("u", "m").id(999));  // makes room ahead
  const std::uint64_t before = disk_.operations();
  const auto commit = writer->commit({{EventBuilder("u", "a").id(1).pending()},
                                      {EventBuilder("u", "b").id(2).pending()},
                                      {EventBuilder("u", "a").id(1).pending()}});
  EXPECT_EQ(disk_.operations() - before, 2U);  // a write and a sync
  EXPECT_EQ(commit.records.size(), 2U);
  EXPECT_EQ(commit.outcomes[2]->front().status, AppendStatus::kDuplicate);
}

TEST_F(SegmentWriterTest, NothingIsWrittenWhenEverythingIsARepeat) {
  const auto writer = open(options());
  (void)append(*writer, EventBuilder("u", "m").id(1));
  const std::uint64_t before = disk_.operations();
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(1))->status, AppendStatus::kDuplicate);
  EXPECT_EQ(disk_.operations(), before);
}

TEST_F(SegmentWriterTest, AfterARestartRepeatsOfFoldedEventsAreFoundOnDisk) {
  auto writer = open(options());
  (void)append(*writer, EventBuilder("u", "m").id(1));
  fold(*writer);
  (void)append(*writer, EventBuilder("u", "m").id(2));
  writer.reset();
  auto later = options();
  later.verify_from = folded_end_;
  writer = open(later);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(1))->status, AppendStatus::kDuplicate);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(2))->status, AppendStatus::kDuplicate);
  EXPECT_EQ(append(*writer, EventBuilder("u", "x").id(1))->status, AppendStatus::kConflict);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(3))->status, AppendStatus::kAccepted);
}

TEST_F(SegmentWriterTest, WhatTheFoldHasNotPassedIsNeverForgotten) {
  const auto writer = open(options());
  for (std::uint64_t i = 0; i < 6'000; ++i) (void)append(*writer, EventBuilder("u", "m").id(i));
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(0))->status, AppendStatus::kDuplicate);
  EXPECT_EQ(folded_.asked, 0U);
}

TEST_F(SegmentWriterTest, ForgottenEventsAreLookedUpAndYoungerIdsAreNot) {
  const auto writer = open(options());
  for (std::uint64_t i = 0; i < 4'000; ++i) (void)append(*writer, EventBuilder("u", "m").id(i));
  fold(*writer);
  for (std::uint64_t i = 4'000; i < 5'000; ++i) (void)append(*writer, EventBuilder("u", "m").id(i));
  EXPECT_EQ(folded_.asked, 0U);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(7))->status, AppendStatus::kDuplicate);
  EXPECT_EQ(folded_.asked, 1U);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(4'999))->status, AppendStatus::kDuplicate);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(5'000))->status, AppendStatus::kAccepted);
  EXPECT_EQ(folded_.asked, 1U);
  EXPECT_EQ(append(*writer, EventBuilder("v", "m").id(7))->status, AppendStatus::kAccepted);
  EXPECT_EQ(folded_.asked, 2U);
}

TEST_F(SegmentWriterTest, AfterARestartIdsTooYoungToBeKnownAreNotLookedUp) {
  auto writer = open(options());
  (void)append(*writer, made(std::chrono::minutes(1), 1));
  fold(*writer);
  writer.reset();
  clock_.advance(std::chrono::minutes(10));
  auto later = options();
  later.verify_from = folded_end_;
  writer = open(later);
  (void)append(*writer, made(std::chrono::minutes(4), 2));  // 6 min younger than the last stored
  EXPECT_EQ(folded_.asked, 0U);
  (void)append(*writer, made(std::chrono::minutes(6), 3));  // its clock may have been ahead
  EXPECT_EQ(folded_.asked, 1U);
}

TEST_F(SegmentWriterTest, WhenOldEventsCannotBeLookedUpTheAppendFailsAndOthersGoOn) {
  auto writer = open(options());
  (void)append(*writer, EventBuilder("u", "m").id(1));
  fold(*writer);
  writer.reset();
  auto later = options();
  later.verify_from = folded_end_;
  writer = open(later);
  folded_.error = Error{ErrorCode::kUnavailable, "the database is away"};
  clock_.advance(std::chrono::minutes(6));
  const auto commit = writer->commit(
      {{made({}, 1).pending(), EventBuilder("u", "m").id(2).pending()}, {made({}, 2).pending()}});
  ASSERT_FALSE(commit.outcomes[0].ok());
  EXPECT_EQ(commit.outcomes[0].error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(commit.outcomes[1].ok());
  EXPECT_EQ(commit.outcomes[1]->front().offset.sequence, 1U);
  EXPECT_EQ(commit.records.size(), 1U);
  EXPECT_TRUE(writer->health().ok());
}

TEST_F(SegmentWriterTest, TheIdsOfAFailedFrameAreNotRemembered) {
  const auto writer = open(options());
  (void)append(*writer, EventBuilder("u", "m").id(1));
  disk_.set_capacity(disk_.bytes_used());
  std::uint64_t number = 2;
  while (append(*writer, EventBuilder("u", "m").id(number)).ok()) ++number;
  disk_.set_capacity(1 << 30);
  const auto again = append(*writer, EventBuilder("u", "m").id(number));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->status, AppendStatus::kAccepted);
}

TEST_F(SegmentWriterTest, OnlyTheNextSegmentMeetsAFullDisk) {
  const auto writer = open(options());
  disk_.set_capacity(disk_.bytes_used());
  std::uint64_t number = 1;
  while (append(*writer, EventBuilder("u", "m").id(number)).ok()) ++number;
  const auto size = writer->segments().last()->file->size();
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, options().segment_bytes_max);  // used to its end before anything was refused
  EXPECT_EQ(writer->health().error().code, ErrorCode::kResourceExhausted);
  disk_.set_capacity(disk_.bytes_used() + options().segment_bytes_max);
  EXPECT_TRUE(append(*writer, EventBuilder("u", "m").id(number)).ok());
}

TEST_F(SegmentWriterTest, ASegmentThatLostItsSpaceIsFilledAsFarAsTheDiskGoes) {
  {
    const auto writer = open(options());
    ASSERT_TRUE(append(*writer, EventBuilder("u", "m").id(1)).ok());
  }
  const auto file = disk_.open("events/" + segment_name(0), Disk::Open::kReadWrite);
  ASSERT_TRUE((*file)->truncate(*(*file)->size()).ok());  // as a copy or a repair leaves it
  disk_.set_capacity(disk_.bytes_used() + 3 * options().grow_bytes);
  const auto writer = open(options());
  ASSERT_NE(writer, nullptr);
  std::uint64_t number = 2;
  while (append(*writer, EventBuilder("u", "m").id(number)).ok()) ++number;
  EXPECT_GT(number, 10U);
  EXPECT_EQ(writer->health().error().code, ErrorCode::kResourceExhausted);
}

TEST_F(SegmentWriterTest, WhatDependsOnAFailedFrameFailsAndOldRepeatsDoNot) {
  const auto writer = open(options());
  (void)append(*writer, EventBuilder("u", "m").id(1));
  disk_.fail_operation(1, Error{ErrorCode::kUnavailable, "broken"});
  const auto commit = writer->commit({{EventBuilder("u", "m").id(2).pending()},
                                      {EventBuilder("u", "m").id(2).pending()},
                                      {EventBuilder("u", "m").id(1).pending()}});
  EXPECT_FALSE(commit.outcomes[0].ok());
  EXPECT_FALSE(commit.outcomes[1].ok());
  ASSERT_TRUE(commit.outcomes[2].ok());
  EXPECT_EQ(commit.outcomes[2]->front().status, AppendStatus::kDuplicate);
  EXPECT_TRUE(commit.records.empty());
  EXPECT_EQ(writer->end(), 1U);
}

TEST_F(SegmentWriterTest, AFrameLargerThanASegmentGetsOneOfItsOwn) {
  auto small = options();
  small.segment_bytes_max = 600;
  const auto writer = open(small);
  for (std::uint64_t round = 0; round < 5; ++round) {
    std::vector<PendingEvent> events;
    for (std::uint64_t i = 0; i < 50; ++i) {
      events.push_back(EventBuilder("u", "m").id(round * 50 + i).pending());
    }
    ASSERT_TRUE(writer->commit({events}).outcomes[0].ok());
  }
  RecordReader reader(writer->segments());
  EXPECT_EQ(reader.read(0, 250, 1'000)->records.size(), 250U);
}

TEST_F(SegmentWriterTest, RestartsWithoutEventsDoNotFillTheLog) {
  auto tiny = options();
  tiny.segment_bytes_max = 200;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(open(tiny)->close().ok());
  EXPECT_EQ(list_segments(disk_, "events")->size(), 1U);
  auto writer = open(tiny);
  EXPECT_EQ(append(*writer, EventBuilder("u", "m").id(1))->offset.sequence, 0U);
}

/// The log against the obvious in-memory one, under random appends, restarts and folding.
TEST_F(SegmentWriterTest, DecidesAsTheObviousLogDoes) {
  Rng rng(42);
  testing::FakeEventLog obvious(clock_);
  auto writer = open(options());
  for (int step = 0; step < 3'000; ++step) {
    std::vector<PendingEvent> events;
    const std::uint64_t count = 1 + rng.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string user = "u" + std::to_string(rng.below(3));
      const std::string movie = rng.below(10) == 0 ? "other" : "m";
      events.push_back(EventBuilder(user, movie).id(rng.below(4'000)).pending());
    }
    std::vector<AppendOutcome> wanted;
    obvious.append(events, [&](auto outcome) { wanted = *std::move(outcome); });
    const auto commit = writer->commit({events});
    ASSERT_TRUE(commit.outcomes[0].ok());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_EQ((*commit.outcomes[0])[i].status, wanted[i].status) << step;
      ASSERT_EQ((*commit.outcomes[0])[i].offset, wanted[i].offset) << step;
      ASSERT_EQ((*commit.outcomes[0])[i].accepted_at_ms, wanted[i].accepted_at_ms) << step;
    }
    if (rng.below(50) == 0) fold(*writer);
    if (rng.below(10) == 0) clock_.advance(std::chrono::milliseconds(rng.below(100)));
    if (rng.below(200) == 0) {
      writer.reset();
      auto later = options();
      later.verify_from = folded_end_;
      writer = open(later);
    }
  }
  RecordReader reader(writer->segments());
  EXPECT_EQ(reader.read(0, writer->end(), 1'000'000)->records, obvious.records());
}

/// A log that goes on behind another one, whose events the state knows (docs/decisions/0035).
class ContinuingLog : public SegmentWriterTest {
 protected:
  std::unique_ptr<SegmentWriter> begin_at(std::uint64_t first) {
    EXPECT_TRUE(begin_log_at(disk_, "events", first, clock_.wall_ms()).ok());
    folded_end_ = first;
    auto continuing = options();
    continuing.verify_from = first;
    continuing.continues = true;
    return open(continuing);
  }
};

TEST_F(ContinuingLog, AnswersARepeatWithTheOtherLogsOffset) {
  const auto event = made(std::chrono::minutes(1), 1);
  const Offset offset{3, 99};
  folded_.known[{UserId("u1"), event.build().event_id}] =
      KnownEvent{offset, event.fingerprint(), 7};
  const auto writer = begin_at(17);
  ASSERT_NE(writer, nullptr);
  const auto repeat = append(*writer, event);
  ASSERT_TRUE(repeat.ok()) << repeat.error().message;
  EXPECT_EQ(repeat->status, AppendStatus::kDuplicate);
  EXPECT_EQ(repeat->offset, offset);
  EXPECT_EQ(repeat->accepted_at_ms, 7);
  const auto fresh = append(*writer, made(std::chrono::minutes(1), 2));
  EXPECT_EQ(fresh->offset, (Offset{Offset::kEmbedded, 17}));
}

TEST_F(ContinuingLog, AsksForOldIdsThoughNoEventOfItsOwnWasFolded) {
  const auto event = made(std::chrono::minutes(1), 1);
  folded_.known[{UserId("u1"), event.build().event_id}] =
      KnownEvent{Offset{0, 4}, event.fingerprint(), 7};
  const auto writer = begin_at(0);
  ASSERT_NE(writer, nullptr);
  EXPECT_EQ(append(*writer, event)->status, AppendStatus::kDuplicate);
}

TEST_F(ContinuingLog, IsWholeAfterARestartAndIsNotBegunTwice) {
  begin_at(17).reset();
  EXPECT_FALSE(begin_log_at(disk_, "events", 17, 0).ok());
  auto again = options();
  again.verify_from = 17;
  const auto writer = open(again);
  ASSERT_NE(writer, nullptr);
  EXPECT_EQ(writer->end(), 17U);
}

}  // namespace
}  // namespace marquee::embedded
