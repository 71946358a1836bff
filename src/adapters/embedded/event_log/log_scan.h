#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/files/disk.h"
#include "base/result.h"
#include "formats/log_frame.h"

namespace marquee::embedded {

/// What a look through the log found.
struct LogScan {
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;        ///< of events
  std::uint64_t events = 0;        ///< records, erased ones included
  std::uint64_t lost_events = 0;   ///< given up by earlier repairs
  std::uint64_t first_offset = 0;  ///< of the first event scanned
  std::uint64_t end_offset = 0;    ///< one past the last event
  std::uint64_t end_position = 0;  ///< where the next frame of the last segment goes
  std::uint64_t torn_bytes = 0;    ///< of an unfinished last frame at end_position
  bool ends_with_mark = false;     ///< the log was closed properly
};

/// Called for every intact events frame, in order.
using OnFrame =
    std::function<Result<void>(const formats::FrameHeader&, std::span<const std::byte> payload)>;

/// Goes through `segments` (ascending, not empty), checking every frame and that no event is
/// missing between them. The bytes after the last intact frame are a torn tail when nothing intact
/// comes after them: a power cut during a write leaves that. Any other damage is kDataLoss.
Result<LogScan> scan_segments(std::span<const Segment> segments, const OnFrame& on_frame);

/// The whole-log check behind `marquee log verify`; changes nothing. `directory` may belong to a
/// running server: its last frame may then be counted as torn.
Result<LogScan> verify_log(Disk& disk, const std::string& directory);

}  // namespace marquee::embedded
