#include "adapters/embedded/event_log/log_repair.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/log_begin.h"
#include "adapters/embedded/event_log/segment.h"
#include "base/uuid.h"
#include "formats/log_frame.h"

namespace marquee::embedded {
namespace {

using formats::FrameHeader;
using formats::SegmentHeader;

/// A stretch of a segment that no frame can be read from, and the events it held.
struct Hole {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;  ///< multiple of 8, at least a frame header; may reach past the file
  std::uint64_t first_offset = 0;
  std::uint64_t end_offset = 0;
};

class Repair {
 public:
  Repair(Disk& disk, const std::string& directory, bool accept_loss, std::int64_t now_ms)
      : disk_(disk), directory_(directory), accept_loss_(accept_loss), now_ms_(now_ms) {}

  Result<LogRepair> run() {
    MARQUEE_TRY(const auto offsets, segments_of_log());
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      std::optional<std::uint64_t> next;
      if (i + 1 < offsets.size()) next = offsets[i + 1];
      MARQUEE_CHECK(repair_segment(offsets[i], next));
    }
    return report_;
  }

 private:
  /// Where the log cannot begin as it should, it begins with the oldest segment there is.
  Result<std::vector<std::uint64_t>> segments_of_log() {
    const auto listing = list_log(disk_, directory_);
    if (listing.ok()) return listing->segments;
    if (listing.error().code != ErrorCode::kDataLoss) return listing.error();
    MARQUEE_CHECK(may_change(listing.error().message));
    MARQUEE_TRY(auto offsets, list_segments(disk_, directory_));
    const auto begin = read_log_begin(disk_, directory_);
    if (begin.ok()) std::erase_if(offsets, [&](std::uint64_t first) { return first < *begin; });
    if (offsets.empty()) return listing.error();
    if (begin.ok()) report_.lost_events += offsets.front() - *begin;
    MARQUEE_CHECK(store_log_begin(disk_, directory_, offsets.front()));
    return offsets;
  }

  Result<void> repair_segment(std::uint64_t first_offset, std::optional<std::uint64_t> next_first) {
    auto opened = open_segment(disk_, directory_, first_offset, Disk::Open::kReadWrite);
    if (!opened.ok() && opened.error().code == ErrorCode::kDataLoss) {
      opened = replace_segment(first_offset, opened.error());
    }
    if (!opened.ok()) return std::move(opened).error();
    FrameWalker walker(*opened);
    std::uint64_t expected = first_offset;
    for (;;) {
      MARQUEE_TRY(const auto found, walker.next());
      const bool frame = found == FrameWalker::Found::kFrame;
      if (frame && walker.header().first_offset == expected) {
        expected = walker.header().end_offset();
        continue;
      }
      if (frame) return unordered(walker, expected);
      MARQUEE_TRY(const auto hole, measure(walker, expected, next_first));
      if (!hole) return {};
      MARQUEE_CHECK(fill(walker.segment(), *hole));
    }
  }

  Error unordered(const FrameWalker& walker, std::uint64_t expected) {
    return damage(walker.segment(), walker.position(), expected,
                  "its frames are out of order, which no repair can mend");
  }

  /// What is missing from where the walker stands; none when the segment properly ends there or
  /// has a torn tail.
  Result<std::optional<Hole>> measure(FrameWalker& walker, std::uint64_t expected,
                                      std::optional<std::uint64_t> next_first) {
    MARQUEE_TRY(const std::uint64_t data_end, walker.end_of_data());
    MARQUEE_TRY(const auto intact, walker.find_intact_after());
    Hole hole{walker.position(), 0, expected, expected};
    if (intact) {
      FrameWalker after(walker.segment(), *intact);
      MARQUEE_TRY(const auto found, after.next());
      if (found != FrameWalker::Found::kFrame) return unordered(walker, expected);
      hole.bytes = *intact - hole.position;
      hole.end_offset = after.header().first_offset;
    } else if (next_first) {
      const std::uint64_t data = (data_end - hole.position + 7) / 8 * 8;
      if (data == 0 && *next_first == expected) return std::optional<Hole>();
      hole.bytes = std::max<std::uint64_t>(data, FrameHeader::kBytes);
      hole.end_offset = *next_first;
    } else {
      return std::optional<Hole>();
    }
    const bool possible = hole.end_offset >= expected && hole.bytes >= FrameHeader::kBytes &&
                          hole.end_offset - expected <= std::numeric_limits<std::uint32_t>::max();
    if (!possible) return unordered(walker, expected);
    return std::optional(hole);
  }

  Result<void> fill(const Segment& segment, const Hole& hole) {
    MARQUEE_CHECK(may_change(segment.path));
    MARQUEE_CHECK(copy_aside(segment, hole));
    const auto lost = static_cast<std::uint32_t>(hole.end_offset - hole.first_offset);
    const std::string gap =
        formats::encode_gap(hole.first_offset, lost, hole.bytes, segment.header.id);
    MARQUEE_CHECK(segment.file->write_at(hole.position, std::as_bytes(std::span(gap))));
    MARQUEE_CHECK(segment.file->sync());
    report_.lost_events += lost;
    return {};
  }

  Result<void> may_change(const std::string& path) {
    ++report_.damaged_places;
    if (accept_loss_) return {};
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("event log {} is damaged; what cannot be read is lost for good with: "
                             "marquee log repair --accept-loss",
                             path)};
  }

  Result<void> copy_aside(const Segment& segment, const Hole& hole) {
    std::vector<std::byte> bytes(hole.bytes);
    MARQUEE_TRY(const std::size_t count, segment.file->read_at(hole.position, bytes));
    const std::string path =
        fmt::format("{}/damaged-{}-{}.bin", directory_, hole.first_offset, now_ms_);
    MARQUEE_TRY(const auto copy, disk_.open(path, Disk::Open::kCreate));
    MARQUEE_CHECK(copy->write_at(0, std::span(bytes).first(count)));
    MARQUEE_CHECK(copy->sync());
    report_.set_aside.push_back(path);
    return disk_.sync_directory(directory_);
  }

  /// Without its header the frames of a segment cannot be told from noise: an empty one takes its
  /// place.
  Result<Segment> replace_segment(std::uint64_t first_offset, const Error& cause) {
    MARQUEE_CHECK(may_change(cause.message));
    const std::string path = directory_ + "/" + segment_name(first_offset);
    const std::string aside =
        fmt::format("{}/damaged-{}-{}.bin", directory_, first_offset, now_ms_);
    MARQUEE_CHECK(disk_.rename(path, aside));
    report_.set_aside.push_back(aside);
    SegmentHeader header{.first_offset = first_offset, .created_at_ms = now_ms_};
    const Uuid id = Uuid::v7(now_ms_);
    std::memcpy(header.id.data(), id.bytes().data(), header.id.size());
    return create_segment(disk_, directory_, header, SegmentHeader::kBytes);
  }

  Disk& disk_;
  const std::string directory_;
  const bool accept_loss_;
  const std::int64_t now_ms_;
  LogRepair report_;
};

}  // namespace

Result<LogRepair> repair_log(Disk& disk, const std::string& directory, bool accept_loss,
                             std::int64_t now_ms) {
  return Repair(disk, directory, accept_loss, now_ms).run();
}

}  // namespace marquee::embedded
