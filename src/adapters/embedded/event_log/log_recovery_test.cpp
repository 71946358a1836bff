// What a start makes of a log that something happened to. A torn tail is cut off; everything else
// is for a human to decide.
#include "adapters/embedded/event_log/log_recovery.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/log_directory_for_test.h"
#include "adapters/embedded/event_log/log_repair.h"
#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::ManualClock;

class LogRecoveryTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<SegmentWriter>> open(std::uint64_t verify_from = 0) {
    SegmentWriter::Options options;
    options.directory = kDirectory;
    options.segment_bytes_max = 4'000;
    options.grow_bytes = 512;
    options.verify_from = verify_from;
    return SegmentWriter::open(disk_, options, nullptr, clock_);
  }
  void append(SegmentWriter& writer, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
      const auto commit = writer.commit({{EventBuilder("u", "m").id(i).pending()}});
      ASSERT_TRUE(commit.outcomes[0].ok()) << commit.outcomes[0].error().message;
    }
  }
  /// A log of `count` events in frames of one.
  void make(std::uint64_t count, bool close) {
    auto writer = open();
    ASSERT_TRUE(writer.ok());
    append(**writer, 0, count);
    if (!close) return;
    ASSERT_TRUE((*writer)->close().ok());
  }
  std::string segment(std::size_t index) {
    return kDirectory + "/" + segment_name((*list_segments(disk_, kDirectory)).at(index));
  }
  std::size_t segments() { return list_segments(disk_, kDirectory)->size(); }
  /// Where the `frame`-th frame of a segment begins: all frames of make() are equally long.
  static std::uint64_t frame_at(std::uint64_t frame) {
    formats::FrameBuilder builder;
    builder.begin(0, 0);
    builder.add(EventBuilder("u", "m").id(1).build(), 0);
    return formats::SegmentHeader::kBytes + frame * builder.finish({}).size();
  }
  std::vector<std::uint64_t> stored_ids(const SegmentWriter& writer) {
    RecordReader reader(writer.segments());
    const auto found =
        reader.read(writer.segments().first()->header.first_offset, writer.end(), 100'000);
    EXPECT_TRUE(found.ok()) << found.error().message;
    std::vector<std::uint64_t> ids;
    for (const LogRecord& record : found->records) {
      ids.push_back(
          static_cast<std::uint64_t>(record.event.event_id.v7_ms() - testing::kTestEpochMs));
    }
    return ids;
  }
  void expect_refused(std::uint64_t verify_from, std::string_view named) {
    const auto before = disk_.contents(segment(segments() - 1));
    const auto writer = open(verify_from);
    ASSERT_FALSE(writer.ok());
    EXPECT_EQ(writer.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(writer.error().message.find(named), std::string::npos) << writer.error().message;
    EXPECT_EQ(disk_.contents(segment(segments() - 1)), before);  // nothing was changed
  }

  ManualClock clock_;
  SimulatedDisk disk_{1};
};

TEST_F(LogRecoveryTest, ATornTailIsSetAsideCountedAndCutOff) {
  make(5, false);
  const auto whole = disk_.contents(segment(0));
  disk_.flip_bit(segment(0), frame_at(4) + 60);
  auto writer = open();
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  const RecoveredLog& found = (*writer)->recovered();
  EXPECT_EQ((*writer)->end(), 4U);
  EXPECT_GT(found.scan.torn_bytes, 0U);
  const auto aside = disk_.contents(found.torn_file);
  EXPECT_EQ(found.torn_file, "events/torn-4-" + std::to_string(clock_.wall_ms()) + ".bin");
  ASSERT_EQ(aside.size(), found.scan.torn_bytes);
  EXPECT_TRUE(std::equal(aside.begin(), aside.begin() + 60,
                         whole.begin() + static_cast<std::ptrdiff_t>(frame_at(4))));
  append(**writer, 100, 3);
  EXPECT_EQ(stored_ids(**writer), (std::vector<std::uint64_t>{0, 1, 2, 3, 100, 101, 102}));
}

TEST_F(LogRecoveryTest, AHalfWrittenFrameAndLeftoversWithoutAHeadAreTornTails) {
  make(3, false);
  const auto whole = disk_.contents(segment(0));
  for (const std::uint64_t torn_at : {frame_at(2) + 8, frame_at(2) + 40, frame_at(3) - 9}) {
    for (const bool head_missing : {false, true}) {
      auto bytes = whole;
      if (head_missing)
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(frame_at(2)), 40, std::byte{0});
      bytes.resize(head_missing ? bytes.size() : torn_at);
      disk_.replace_contents(segment(0), bytes);
      const auto writer = open();
      ASSERT_TRUE(writer.ok()) << writer.error().message;
      EXPECT_EQ((*writer)->end(), 2U);
      EXPECT_GT((*writer)->recovered().scan.torn_bytes, 0U);
    }
  }
}

TEST_F(LogRecoveryTest, ABadFrameBeforeAnIntactOneRefusesToStartAndSaysWhereAndWhatToDo) {
  make(5, false);
  disk_.flip_bit(segment(0), frame_at(2) + 50);
  expect_refused(0, "at byte " + std::to_string(frame_at(2)));
  expect_refused(0, "e:2");
  expect_refused(0, "marquee log repair --accept-loss");
  expect_refused(0, segment(0));
}

TEST_F(LogRecoveryTest, ABadLastFrameThoughTheLogWasClosedProperlyRefusesToStart) {
  make(5, true);
  disk_.flip_bit(segment(0), frame_at(4) + 50);
  expect_refused(0, "e:4");
}

TEST_F(LogRecoveryTest, ABadFrameAtTheEndOfAnOlderSegmentRefusesToStart) {
  make(60, false);
  ASSERT_GE(segments(), 3U);
  const std::uint64_t last = (*list_segments(disk_, kDirectory))[1] - 1;
  disk_.flip_bit(segment(0), frame_at(last) + 50);
  expect_refused(0, "e:" + std::to_string(last));
}

TEST_F(LogRecoveryTest, AMissingSegmentRefusesToStart) {
  make(60, true);
  const std::uint64_t missing = (*list_segments(disk_, kDirectory))[1];
  ASSERT_TRUE(disk_.remove(segment(1)).ok());
  expect_refused(0, "e:" + std::to_string(missing));
}

TEST_F(LogRecoveryTest, ADamagedSegmentHeaderRefusesToStart) {
  make(5, true);
  disk_.flip_bit(segment(0), 20);
  expect_refused(0, "byte 0");
}

TEST_F(LogRecoveryTest, ALogThatEndsBeforeTheFoldsCursorRefusesToStart) {
  make(5, true);
  expect_refused(6, "e:6");
  EXPECT_TRUE(open(5).ok());
  ASSERT_TRUE(disk_.remove(segment(0)).ok());
  const auto empty = open(1);
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().code, ErrorCode::kDataLoss);
}

TEST_F(LogRecoveryTest, ChecksumsAreCheckedFromTheFoldsCursorOnOnly) {
  make(60, true);
  const std::uint64_t second = (*list_segments(disk_, kDirectory))[1];
  disk_.flip_bit(segment(0), frame_at(1) + 50);
  EXPECT_FALSE(open(second).ok());  // the event before it must be read
  EXPECT_TRUE(open(second + 1).ok());
  EXPECT_FALSE(verify_log(disk_, kDirectory).ok());
}

TEST_F(LogRecoveryTest, WhatAKilledRunWroteIsMadeDurableBeforeItCounts) {
  make(1, false);
  const auto id = (*open())->segments().last()->header.id;
  for (std::uint64_t offset = 1; offset < 12; ++offset) {
    formats::FrameBuilder builder;
    builder.begin(offset, offset);
    builder.add(EventBuilder("u", "m").id(offset).build(), 5);
    const auto file = *disk_.open(segment(0), Disk::Open::kReadWrite);
    ASSERT_TRUE(file->write_at(frame_at(offset), builder.finish(id)).ok());  // killed before sync
    EXPECT_EQ((*open())->end(), offset + 1);
    disk_.power_on();
    ASSERT_EQ((*open())->end(), offset + 1);
  }
}

TEST_F(LogRecoveryTest, ASegmentThatWasNeverNamedIsForgotten) {
  make(5, false);
  disk_.replace_contents(kDirectory + "/" + segment_name(5) + ".new", std::vector<std::byte>(10));
  const auto writer = open();
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  EXPECT_TRUE(disk_.contents(kDirectory + "/" + segment_name(5) + ".new").empty());
}

TEST_F(LogRecoveryTest, FilesThatAreNoSegmentsAreLeftAlone) {
  for (const char* name : {"notes.txt", "1.log", "0000000000000000000x.log",
                           "00000000000000000000.log.bak", "99999999999999999999.log"}) {
    disk_.replace_contents(kDirectory + "/" + name, std::vector<std::byte>(3));
  }
  make(2, true);
  EXPECT_EQ(segments(), 1U);
  EXPECT_EQ(disk_.contents(kDirectory + "/1.log").size(), 3U);
}

TEST_F(LogRecoveryTest, EveryFlippedBitOfAClosedLogIsNoticed) {
  make(3, true);
  const std::uint64_t end = frame_at(3) + formats::FrameHeader::kBytes;  // with the end mark
  for (std::uint64_t at = 0; at < end; ++at) {
    disk_.flip_bit(segment(0), at);
    const auto scan = verify_log(disk_, kDirectory);
    EXPECT_TRUE(!scan.ok() || scan->torn_bytes > 0) << at;
    disk_.flip_bit(segment(0), at);
  }
  EXPECT_TRUE(verify_log(disk_, kDirectory).ok());
}

// verify

TEST_F(LogRecoveryTest, VerifyCountsWhatIsThere) {
  EXPECT_EQ(verify_log(disk_, kDirectory)->segments, 0U);
  make(60, true);
  const auto scan = verify_log(disk_, kDirectory);
  ASSERT_TRUE(scan.ok()) << scan.error().message;
  EXPECT_EQ(scan->segments, segments());
  EXPECT_EQ(scan->frames, 60U);
  EXPECT_EQ(scan->events, 60U);
  EXPECT_EQ(scan->first_offset, 0U);
  EXPECT_EQ(scan->end_offset, 60U);
  EXPECT_EQ(scan->torn_bytes, 0U);
  EXPECT_TRUE(scan->ends_with_mark);
}

// repair

TEST_F(LogRecoveryTest, RepairAsksBeforeItLosesAnything) {
  make(5, true);
  EXPECT_EQ(repair_log(disk_, kDirectory, false, 1)->damaged_places, 0U);
  disk_.flip_bit(segment(0), frame_at(2) + 50);
  const auto before = disk_.contents(segment(0));
  const auto refused = repair_log(disk_, kDirectory, false, 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(disk_.contents(segment(0)), before);
}

TEST_F(LogRecoveryTest, RepairGivesUpOnlyTheBadFrameAndKeepsEveryOffset) {
  make(5, true);
  disk_.flip_bit(segment(0), frame_at(2) + 50);
  const auto repair = repair_log(disk_, kDirectory, true, 1);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_EQ(repair->lost_events, 1U);
  ASSERT_EQ(repair->set_aside.size(), 1U);
  EXPECT_EQ(disk_.contents(repair->set_aside[0]).size(), frame_at(3) - frame_at(2));
  const auto writer = open();
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  EXPECT_EQ(stored_ids(**writer), (std::vector<std::uint64_t>{0, 1, 3, 4}));
  EXPECT_EQ((*writer)->end(), 5U);
  EXPECT_EQ(verify_log(disk_, kDirectory)->lost_events, 1U);
  EXPECT_EQ(repair_log(disk_, kDirectory, true, 2)->damaged_places, 0U);
}

TEST_F(LogRecoveryTest, RepairBridgesAMissingAndAHeadlessSegment) {
  make(90, true);
  const auto offsets = *list_segments(disk_, kDirectory);
  ASSERT_GE(offsets.size(), 4U);
  ASSERT_TRUE(disk_.remove(segment(1)).ok());
  disk_.flip_bit(kDirectory + "/" + segment_name(offsets[2]), 3);
  const auto repair = repair_log(disk_, kDirectory, true, 1);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_EQ(repair->lost_events, offsets[3] - offsets[1]);
  const auto writer = open();
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  EXPECT_EQ((*writer)->end(), 90U);
  const auto ids = stored_ids(**writer);
  EXPECT_EQ(ids.size(), 90U - repair->lost_events);
  EXPECT_EQ(ids[offsets[1]], offsets[3]);
}

TEST_F(LogRecoveryTest, RepairMendsWhateverBytesAreDamaged) {
  make(40, true);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Rng rng(seed);
    SimulatedDisk disk(seed);
    for (std::size_t i = 0; i < segments(); ++i) {
      disk.replace_contents(segment(i), disk_.contents(segment(i)));
    }
    for (int hit = 0; hit < 3; ++hit) {
      const std::string path = segment(rng.below(segments()));
      disk.flip_bit(path, rng.below(disk_.contents(path).size()));
    }
    ASSERT_TRUE(repair_log(disk, kDirectory, true, 1).ok()) << seed;
    const auto scan = verify_log(disk, kDirectory);
    ASSERT_TRUE(scan.ok()) << seed << scan.error().message;
    EXPECT_GE(scan->events + scan->lost_events + 20, 40U);
  }
}

}  // namespace
}  // namespace marquee::embedded
