#include "adapters/embedded/event_log/segment_removal.h"

#include <fmt/format.h>

#include "adapters/embedded/event_log/log_begin.h"

namespace marquee::embedded {

std::uint64_t removable_end(const SegmentList& segments, const RetentionLimits& limits) {
  const auto all = segments.all();
  if (all.empty()) return 0;
  std::size_t first = 0;
  while (first + 1 < all.size()) {
    // A segment is begun after the events before it were accepted, and accepted_at never falls.
    const auto& next = all[first + 1].header;
    const bool may_go = next.created_at_ms <= limits.accepted_before_ms &&
                        next.first_offset <= limits.folded_end &&
                        next.first_offset <= limits.archived_end;
    if (!may_go) break;
    ++first;
  }
  return all[first].header.first_offset;
}

Result<RemovedSegments> remove_segments_before(Disk& disk, const std::string& directory,
                                               SegmentList& segments, std::uint64_t first_offset) {
  const auto all = segments.all();
  const auto holding = segments.holding(first_offset);
  if (!holding || holding->header.first_offset != first_offset) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("no segment of {} begins with event {}", directory, first_offset)};
  }
  RemovedSegments removed;
  if (all.front().header.first_offset == first_offset) return removed;
  MARQUEE_CHECK(store_log_begin(disk, directory, first_offset));
  segments.remove_before(first_offset);
  for (const Segment& segment : all) {
    if (segment.header.first_offset >= first_offset) break;
    MARQUEE_TRY(const std::uint64_t bytes, segment.file->size());
    MARQUEE_CHECK(disk.remove(segment.path));
    ++removed.segments;
    removed.bytes += bytes;
  }
  MARQUEE_CHECK(disk.sync_directory(directory));
  return removed;
}

}  // namespace marquee::embedded
