#pragma once

#include <cstdint>
#include <string>

#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/files/disk.h"
#include "base/result.h"

namespace marquee::embedded {

/// What may go: only events that are within all three.
struct RetentionLimits {
  std::int64_t accepted_before_ms = 0;  ///< older than this
  std::uint64_t folded_end = 0;         ///< behind the fold's stored cursor
  std::uint64_t archived_end = 0;       ///< behind what the archive has committed
};

/// The offset that the log could begin with: that of the first segment that has an event which must
/// stay. The last segment always stays.
std::uint64_t removable_end(const SegmentList& segments, const RetentionLimits& limits);

struct RemovedSegments {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
};

/// Takes the segments before the one that begins with `first_offset` out of the log in `directory`
/// and out of `segments`. The new begin is durable before the first file goes: whatever ends this
/// early, the log opens and begins at `first_offset` or where it began before, and the next start
/// removes what was left. kInvalidArgument when no segment begins there. The caller owns the
/// directory; the writer may append meanwhile.
Result<RemovedSegments> remove_segments_before(Disk& disk, const std::string& directory,
                                               SegmentList& segments, std::uint64_t first_offset);

}  // namespace marquee::embedded
