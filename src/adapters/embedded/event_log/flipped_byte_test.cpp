// Goal: no byte of the log can go bad unnoticed. Every byte of a small log is changed, one at a
// time: verify and the next start name the frame that it is in, or every event is still there.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/log_directory_for_test.h"
#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;

SegmentWriter::Options small_options() {
  SegmentWriter::Options options;
  options.directory = kDirectory;
  options.segment_bytes_max = 1'600;
  options.grow_bytes = 256;
  return options;
}

class FlippedByteTest : public ::testing::Test {
 protected:
  /// A log of two segments of a few frames, some of several events; closed properly or not.
  void make(bool closed) {
    const auto writer = SegmentWriter::open(disk_, small_options(), nullptr, clock_).value();
    std::uint64_t id = 0;
    for (int in_second = 0; in_second < 3;) {
      std::vector<PendingEvent> events{EventBuilder("u", "m").id(id++).pending()};
      if (id % 3 == 1) events.push_back(EventBuilder("u", "m").id(id++).pending());
      ASSERT_TRUE(writer->commit({std::move(events)}).outcomes[0].ok());
      if (writer->segments().all().size() >= 2) ++in_second;
    }
    if (closed) {
      ASSERT_TRUE(writer->close().ok());
    }
    records_ = read_all(*writer);
    for (const Segment& segment : writer->segments().all()) {
      files_.emplace_back(segment.path, disk_.contents(segment.path));
      starts_.push_back(frame_starts(segment));
    }
    ASSERT_EQ(files_.size(), 2U);
    ASSERT_GE(starts_[0].size() + starts_[1].size(), 6U);
  }

  static std::vector<LogRecord> read_all(const SegmentWriter& writer) {
    RecordReader reader(writer.segments());
    const auto found = reader.read(0, writer.end(), 1'000);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? found->records : std::vector<LogRecord>();
  }

  /// Where the header of the segment, its frames and the space behind them begin.
  std::vector<std::uint64_t> frame_starts(const Segment& segment) {
    FrameWalker walker(segment);
    std::vector<std::uint64_t> starts{0};
    for (;;) {
      starts.push_back(walker.end_position());
      if (*walker.next() != FrameWalker::Found::kFrame) return starts;
      if (walker.header().kind != formats::FrameKind::kEvents) continue;
      last_events_at_ = walker.position();
      last_events_first_ = walker.header().first_offset;
    }
  }

  /// The log with one byte changed, on a disk of its own.
  void expect_noticed(std::size_t file, std::size_t at, std::byte mask) {
    SCOPED_TRACE(
        fmt::format("{} byte {} ^ {:#x}", files_[file].first, at, std::to_integer<int>(mask)));
    SimulatedDisk disk(1);
    for (const auto& [path, bytes] : files_) disk.replace_contents(path, bytes);
    auto changed = files_[file].second;
    changed[at] ^= mask;
    disk.replace_contents(files_[file].first, std::move(changed));
    const auto& starts = starts_[file];
    const std::uint64_t frame = *(std::upper_bound(starts.begin(), starts.end(), at) - 1);
    const std::string named =
        fmt::format("{} is damaged at byte {}, event e:", files_[file].first, frame);

    const auto scan = verify_log(disk, kDirectory);
    const auto writer = SegmentWriter::open(disk, small_options(), nullptr, clock_);
    ASSERT_EQ(scan.ok(), writer.ok()) << "verify and start must agree";
    if (!scan.ok()) {
      for (const Error& error : {scan.error(), writer.error()}) {
        EXPECT_EQ(error.code, ErrorCode::kDataLoss);
        EXPECT_NE(error.message.find(named), std::string::npos) << error.message;
      }
      return;
    }
    // Behind the last event of the log: told as an unfinished frame, and set aside.
    EXPECT_EQ(file, files_.size() - 1);
    EXPECT_GT(scan->torn_bytes, 0U);
    EXPECT_EQ(scan->end_position, frame);
    EXPECT_FALSE((*writer)->recovered().torn_file.empty());
    auto kept = records_;
    // Of a log that was not closed a power cut during the last write leaves the same.
    if (frame == last_events_at_)
      std::erase_if(kept, [this](const LogRecord& record) {
        return record.offset.sequence >= last_events_first_;
      });
    EXPECT_EQ(read_all(**writer), kept);
  }

  /// Every byte of every file, with one bit and with all bits changed.
  void expect_all_noticed() {
    for (std::size_t file = 0; file < files_.size() && !HasFailure(); ++file) {
      for (std::size_t at = 0; at < files_[file].second.size() && !HasFailure(); ++at) {
        expect_noticed(file, at, static_cast<std::byte>(1U << (at % 8)));
        expect_noticed(file, at, std::byte{0xFF});
      }
    }
  }

  SimulatedDisk disk_{1};
  testing::ManualClock clock_;
  std::vector<LogRecord> records_;
  std::vector<std::pair<std::string, std::vector<std::byte>>> files_;
  std::vector<std::vector<std::uint64_t>> starts_;  ///< of each file
  std::uint64_t last_events_at_ = 0;                ///< in the last file
  std::uint64_t last_events_first_ = 0;
};

TEST_F(FlippedByteTest, OfAClosedLogNoEventIsLostUnsaid) {
  make(true);
  expect_all_noticed();
}

TEST_F(FlippedByteTest, OfAKilledLogOnlyTheLastFrameCanPassForATornOne) {
  make(false);
  expect_all_noticed();
}

}  // namespace
}  // namespace marquee::embedded
