#include "adapters/embedded/event_log/log_scan.h"

#include <optional>

#include <fmt/format.h>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/log_begin.h"

namespace marquee::embedded {
namespace {

using formats::FrameKind;

/// Scans one segment into `scan`, from the event scan.end_offset on. Leaves the bytes that are no
/// intact frame in scan.torn_bytes when nothing intact comes after them in this segment.
Result<void> scan_segment(const Segment& segment, const OnFrame& on_frame, LogScan& scan) {
  FrameWalker walker(segment);
  for (;;) {
    MARQUEE_TRY(const auto found, walker.next());
    if (found != FrameWalker::Found::kFrame) break;
    const formats::FrameHeader& header = walker.header();
    if (header.first_offset != scan.end_offset) {
      return damage(
          segment, walker.position(), scan.end_offset,
          fmt::format("event {} follows, those between are missing", header.first_offset));
    }
    scan.end_offset = header.end_offset();
    scan.ends_with_mark = header.kind == FrameKind::kEndMark;
    if (header.kind == FrameKind::kGap) scan.lost_events += header.count;
    if (header.kind != FrameKind::kEvents) continue;
    ++scan.frames;
    scan.events += header.count;
    if (const auto seen = on_frame(header, walker.payload()); !seen.ok()) {
      return damage(segment, walker.position(), header.first_offset, seen.error().message);
    }
  }
  scan.end_position = walker.position();
  MARQUEE_TRY(const std::uint64_t data_end, walker.end_of_data());
  scan.torn_bytes = data_end - walker.position();
  if (scan.torn_bytes == 0) return {};
  MARQUEE_TRY(const auto intact, walker.find_intact_after());
  if (!intact) return {};
  return damage(
      segment, walker.position(), scan.end_offset,
      fmt::format("a frame's checksum is wrong and an intact frame follows at byte {}", *intact));
}

}  // namespace

Result<LogScan> scan_segments(std::span<const Segment> segments, const OnFrame& on_frame) {
  LogScan scan;
  scan.first_offset = segments.front().header.first_offset;
  scan.end_offset = scan.first_offset;
  for (const Segment& segment : segments) {
    if (scan.torn_bytes != 0) {
      return damage(segments[scan.segments - 1], scan.end_position, scan.end_offset,
                    "a frame's checksum is wrong and another segment follows");
    }
    if (segment.header.first_offset != scan.end_offset) {
      return damage(segment, 0, scan.end_offset,
                    "the events between the segment before and this one are missing");
    }
    ++scan.segments;
    MARQUEE_CHECK(scan_segment(segment, on_frame, scan));
  }
  return scan;
}

Result<LogScan> verify_log(Disk& disk, const std::string& directory) {
  MARQUEE_TRY(const LogListing listing, list_log(disk, directory));
  if (listing.segments.empty()) return LogScan{};
  std::vector<Segment> segments;
  for (const std::uint64_t offset : listing.segments) {
    MARQUEE_TRY(Segment segment, open_segment(disk, directory, offset, Disk::Open::kRead));
    segments.push_back(std::move(segment));
  }
  return scan_segments(segments, [](const auto&, auto) { return Result<void>{}; });
}

}  // namespace marquee::embedded
