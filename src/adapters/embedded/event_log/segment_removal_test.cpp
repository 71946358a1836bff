// Goal: only what may go goes, from the front, and the log that is left is whole by its own
// account.

#include "adapters/embedded/event_log/segment_removal.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/embedded/event_log/log_begin.h"
#include "adapters/embedded/event_log/log_copy.h"
#include "adapters/embedded/event_log/log_directory_for_test.h"
#include "adapters/embedded/event_log/log_repair.h"
#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/segment_log_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using marquee::testing::EventBuilder;
using marquee::testing::ManualClock;
using ::testing::HasSubstr;

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();

class SegmentRemovalTest : public ::testing::Test {
 protected:
  SegmentRemovalTest() { reopen(); }

  void reopen() {
    writer_.reset();
    SegmentWriter::Options options;
    options.directory = kDirectory;
    options.segment_bytes_max = 2'000;
    options.grow_bytes = 512;
    auto writer = SegmentWriter::open(disk_, options, nullptr, clock_);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    writer_ = *std::move(writer);
  }
  /// A minute from one event to the next.
  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      clock_.advance(std::chrono::minutes(1));
      const auto commit = writer_->commit({{EventBuilder("u", "m").id(next_++).pending()}});
      ASSERT_TRUE(commit.outcomes[0].ok());
    }
  }
  std::vector<std::uint64_t> begins() const {
    std::vector<std::uint64_t> begins;
    for (const Segment& segment : writer_->segments().all()) {
      begins.push_back(segment.header.first_offset);
    }
    return begins;
  }
  std::vector<std::uint64_t> on_disk() { return *list_segments(disk_, kDirectory); }

  SimulatedDisk disk_{1};
  ManualClock clock_;
  std::uint64_t next_ = 0;
  std::unique_ptr<SegmentWriter> writer_;
};

TEST_F(SegmentRemovalTest, OnlyWholeSegmentsWithinEveryLimitMayGo) {
  append(60);
  const auto all = begins();
  ASSERT_GT(all.size(), 4U);
  const auto end = [&](std::int64_t time, std::uint64_t folded, std::uint64_t archived) {
    return removable_end(writer_->segments(), {time, folded, archived});
  };
  EXPECT_EQ(end(kAnyTime, kAll, kAll), all.back());  // the last one stays
  EXPECT_EQ(end(kAnyTime, all[2], kAll), all[2]);
  EXPECT_EQ(end(kAnyTime, all[2] - 1, kAll), all[1]);
  EXPECT_EQ(end(kAnyTime, kAll, all[3]), all[3]);
  EXPECT_EQ(end(kAnyTime, kAll, all[3] - 1), all[2]);
  EXPECT_EQ(end(kAnyTime, kAll, 0), 0U);
  EXPECT_EQ(end(0, kAll, kAll), 0U);
}

/// Against the obvious: look at every event of every segment.
TEST_F(SegmentRemovalTest, NoEventYoungerThanTheLimitIsInWhatMayGo) {
  append(60);
  RecordReader reader(writer_->segments());
  const auto records = reader.read(0, writer_->end(), 1'000)->records;
  for (const LogRecord& limit : records) {
    const std::uint64_t end =
        removable_end(writer_->segments(), {limit.event.accepted_at_ms, kAll, kAll});
    EXPECT_LE(end, limit.offset.sequence);
    EXPECT_LT(limit.offset.sequence - end, 20U);  // a segment's worth, not everything
  }
}

TEST_F(SegmentRemovalTest, TheLogGoesOnWhereItBeginsAfterARestart) {
  append(60);
  const auto all = begins();
  const auto removed = writer_->remove_old({kAnyTime, all[3], kAll});
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->segments, 3U);
  EXPECT_GT(removed->bytes, 3'000U);
  EXPECT_EQ(begins().front(), all[3]);
  EXPECT_EQ(on_disk(), begins());
  append(1);
  for (int start = 0; start < 2; ++start) {
    RecordReader reader(writer_->segments());
    EXPECT_EQ(reader.read(all[3], writer_->end(), 1'000)->records.size(), 61 - all[3]);
    const auto before = reader.read(all[3] - 1, writer_->end(), 1'000);
    EXPECT_EQ(before.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_THAT(before.error().message, HasSubstr("are in the archive"));
    reopen();
  }
  EXPECT_EQ(verify_log(disk_, kDirectory)->first_offset, all[3]);
}

TEST_F(SegmentRemovalTest, NothingToRemoveChangesNothing) {
  append(30);
  const auto operations = disk_.operations();
  const auto removed = writer_->remove_old({0, kAll, kAll});
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->segments, 0U);
  EXPECT_EQ(disk_.operations(), operations);
}

TEST_F(SegmentRemovalTest, ASegmentThatWentMissingByItselfIsDamage) {
  append(60);
  const auto all = begins();
  ASSERT_TRUE(writer_->remove_old({kAnyTime, all[2], kAll}).ok());
  writer_.reset();
  ASSERT_TRUE(disk_.remove(kDirectory + "/" + segment_name(all[2])).ok());
  const auto scan = verify_log(disk_, kDirectory);
  EXPECT_EQ(scan.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(scan.error().message, HasSubstr("e:" + std::to_string(all[2])));
  EXPECT_THAT(scan.error().message, HasSubstr("marquee log repair"));
  EXPECT_EQ(SegmentLogReader::open(kDirectory, disk_).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(repair_log(disk_, kDirectory, false, 0).error().code, ErrorCode::kFailedPrecondition);
  const auto repaired = repair_log(disk_, kDirectory, true, 0);
  ASSERT_TRUE(repaired.ok()) << repaired.error().message;
  EXPECT_EQ(repaired->lost_events, all[3] - all[2]);
  reopen();
  EXPECT_EQ(begins().front(), all[3]);
}

TEST_F(SegmentRemovalTest, ADamagedBeginIsSaidAndRepairedFromTheSegmentsThereAre) {
  append(60);
  const auto all = begins();
  ASSERT_TRUE(writer_->remove_old({kAnyTime, all[2], kAll}).ok());
  writer_.reset();
  disk_.flip_bit(kDirectory + "/" + kLogBeginName, 17);
  EXPECT_THAT(verify_log(disk_, kDirectory).error().message, HasSubstr(kLogBeginName));
  const auto repaired = repair_log(disk_, kDirectory, true, 0);
  ASSERT_TRUE(repaired.ok()) << repaired.error().message;
  EXPECT_EQ(repaired->lost_events, 0U);
  reopen();
  EXPECT_EQ(begins().front(), all[2]);
}

TEST_F(SegmentRemovalTest, WhatAnInterruptedRemovalLeftIsNoPartOfTheLog) {
  append(60);
  const auto all = begins();
  ASSERT_TRUE(store_log_begin(disk_, kDirectory, all[3]).ok());
  ASSERT_TRUE(disk_.remove(kDirectory + "/" + segment_name(all[1])).ok());  // any order is possible
  const auto scan = verify_log(disk_, kDirectory);
  ASSERT_TRUE(scan.ok()) << scan.error().message;
  EXPECT_EQ(scan->first_offset, all[3]);
  EXPECT_EQ((*SegmentLogReader::open(kDirectory, disk_))->begin().next(Offset::kEmbedded), all[3]);
  reopen();
  EXPECT_EQ(on_disk().front(), all[3]);
}

TEST_F(SegmentRemovalTest, AReaderBesideTheOwnerReadsOnWhatItHasOpen) {
  append(60);
  const auto all = begins();
  const auto reader = SegmentLogReader::open(kDirectory, disk_);
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(writer_->remove_old({kAnyTime, all[3], kAll}).ok());
  append(30);
  EXPECT_EQ((*reader)->begin().next(Offset::kEmbedded), 0U);
  Cursor at;
  for (std::uint64_t offset = 0; offset < 90; ++offset) {
    const auto read = (*reader)->read(at, 1, std::chrono::milliseconds(0));
    ASSERT_TRUE(read.ok()) << read.error().message;
    ASSERT_EQ(read->records.at(0).offset.sequence, offset);
    at = read->next;
  }
  const auto later = SegmentLogReader::open(kDirectory, disk_);
  EXPECT_EQ((*later)->begin().next(Offset::kEmbedded), all[3]);
  EXPECT_EQ((*later)->read({}, 1, std::chrono::milliseconds(0)).error().code,
            ErrorCode::kFailedPrecondition);
}

TEST_F(SegmentRemovalTest, ACopyBeginsWhereTheLogDid) {
  append(60);
  const auto all = begins();
  ASSERT_TRUE(writer_->remove_old({kAnyTime, all[3], kAll}).ok());
  const auto copied = copy_log(disk_, kDirectory, "copy", writer_->end());
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_EQ(copied->size(), begins().size() + 1);
  EXPECT_EQ(verify_log(disk_, "copy")->first_offset, all[3]);
  ASSERT_TRUE(disk_.remove("copy/" + std::string(kLogBeginName)).ok());
  EXPECT_EQ(verify_log(disk_, "copy").error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace marquee::embedded
