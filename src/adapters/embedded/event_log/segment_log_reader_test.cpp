#include "adapters/embedded/event_log/segment_log_reader.h"

#include <thread>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::ManualClock;
constexpr std::chrono::milliseconds kNow{0};

class SegmentLogReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<SegmentWriter> open_writer() {
    SegmentWriter::Options options;
    options.directory = "events";
    options.segment_bytes_max = 3'000;
    options.grow_bytes = 1'024;
    auto writer = SegmentWriter::open(disk_, options, nullptr, clock_);
    EXPECT_TRUE(writer.ok()) << writer.error().message;
    return *std::move(writer);
  }
  std::unique_ptr<SegmentLogReader> open_reader() {
    auto reader = SegmentLogReader::open("events", disk_);
    EXPECT_TRUE(reader.ok()) << reader.error().message;
    return *std::move(reader);
  }
  static void append(SegmentWriter& writer, std::uint64_t number) {
    ASSERT_TRUE(writer.commit({{EventBuilder("u", "m").id(number).pending()}}).outcomes[0].ok());
  }

  ManualClock clock_;
  SimulatedDisk disk_{1};
};

TEST_F(SegmentLogReaderTest, FollowsAWriterThroughItsSegments) {
  const auto writer = open_writer();
  const auto reader = open_reader();
  Cursor at;
  std::uint64_t read = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    append(*writer, i);
    if (i % 7 != 0) continue;
    for (bool more = true; more;) {
      const auto batch = reader->read(at, 100, kNow);
      ASSERT_TRUE(batch.ok()) << batch.error().message;
      for (const LogRecord& record : batch->records) EXPECT_EQ(record.offset.sequence, read++);
      more = !batch->records.empty();
      at = batch->next;
    }
    EXPECT_EQ(read, i + 1);
  }
  EXPECT_EQ(reader->end().next(Offset::kEmbedded), 200U);
}

TEST_F(SegmentLogReaderTest, AnEmptyLogIsEmptyAndAMissingOneIsNotFound) {
  const auto writer = open_writer();
  const auto reader = open_reader();
  const auto batch = reader->read(Cursor{}, 10, std::chrono::milliseconds(30));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->records.empty());
  EXPECT_EQ(batch->next, Cursor{});
  EXPECT_EQ(reader->end(), Cursor{});
  const testing::TemporaryDirectory directory;
  EXPECT_EQ(SegmentLogReader::open(directory.path() / "none").error().code, ErrorCode::kNotFound);
}

TEST_F(SegmentLogReaderTest, WhatItReturnsSurvivesAPowerCut) {
  // The writer's frames sit in the page cache only: its syncs do nothing.
  auto writer = open_writer();
  append(*writer, 0);
  const auto file = disk_.open("events/" + segment_name(0), Disk::Open::kReadWrite);
  formats::FrameBuilder builder;
  builder.begin(1, 1);
  builder.add(EventBuilder("u", "m").id(1).build(), 5);
  const auto frame = builder.finish(writer->segments().first()->header.id);
  RecordReader place(writer->segments());
  ASSERT_TRUE((*file)->write_at(place.read(0, 1, 1)->position, frame).ok());
  const auto batch = open_reader()->read(Cursor{}, 10, kNow);
  ASSERT_TRUE(batch.ok()) << batch.error().message;
  ASSERT_EQ(batch->records.size(), 2U);
  disk_.power_on();
  EXPECT_EQ(open_reader()->read(Cursor{}, 10, kNow)->records, batch->records);
}

TEST_F(SegmentLogReaderTest, AFrameStillBeingWrittenIsTheEndForNow) {
  const auto writer = open_writer();
  append(*writer, 0);
  append(*writer, 1);
  const std::string path = "events/" + segment_name(0);
  RecordReader place(writer->segments());
  const std::uint64_t second = place.read(0, 1, 1)->position;
  disk_.flip_bit(path, second + 50);
  const auto reader = open_reader();
  auto batch = reader->read(Cursor{}, 10, kNow);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records.size(), 1U);
  batch = reader->read(batch->next, 10, kNow);
  ASSERT_TRUE(batch.ok()) << batch.error().message;
  EXPECT_TRUE(batch->records.empty());
  disk_.flip_bit(path, second + 50);
  EXPECT_EQ(reader->read(batch->next, 10, kNow)->records.size(), 1U);
}

TEST_F(SegmentLogReaderTest, DamageWithIntactFramesBehindItIsDataLoss) {
  const auto writer = open_writer();
  for (std::uint64_t i = 0; i < 60; ++i) append(*writer, i);
  RecordReader place(writer->segments());
  const std::uint64_t second = place.read(0, 1, 1)->position;
  disk_.flip_bit("events/" + segment_name(0), second + 50);
  const auto reader = open_reader();
  const auto batch = reader->read(Cursor{}, 10, kNow);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records.size(), 1U);
  const auto damaged = reader->read(batch->next, 10, kNow);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(reader->end().next(Offset::kEmbedded), 1U);
}

TEST_F(SegmentLogReaderTest, OnlyTheOwnerWrites) {
  const auto writer = open_writer();
  const auto reader = open_reader();
  ErrorCode code = ErrorCode::kInternal;
  reader->append({EventBuilder("u", "m").pending()},
                 [&](const auto& outcome) { code = outcome.error().code; });
  EXPECT_EQ(code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(reader->health().error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(SegmentLogReaderTest, ReadsBesideALiveWriterSeeEveryEventOnceInOrder) {
  constexpr std::uint64_t kEvents = 3'000;
  const auto writer = open_writer();
  const auto reader = open_reader();
  std::jthread writing([&] {
    for (std::uint64_t i = 0; i < kEvents; ++i) append(*writer, i);
  });
  std::vector<std::jthread> reading;
  for (int t = 0; t < 2; ++t) {
    reading.emplace_back([&] {
      Cursor at;
      for (std::uint64_t next = 0; next < kEvents;) {
        const auto batch = reader->read(at, 100, std::chrono::seconds(30));
        ASSERT_TRUE(batch.ok()) << batch.error().message;
        ASSERT_FALSE(batch->records.empty());
        for (const LogRecord& record : batch->records) ASSERT_EQ(record.offset.sequence, next++);
        at = batch->next;
      }
    });
  }
}

}  // namespace
}  // namespace marquee::embedded
