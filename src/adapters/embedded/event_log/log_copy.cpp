#include "adapters/embedded/event_log/log_copy.h"

#include <fmt/format.h>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/segment.h"

namespace marquee::embedded {
namespace {

/// Where the frames with the events [next, limit) of `segment` end. `next` becomes the offset
/// behind them.
Result<std::uint64_t> end_of_events(const Segment& segment, std::uint64_t limit,
                                    std::uint64_t& next) {
  FrameWalker walker(segment);
  std::uint64_t position = walker.position();
  while (next < limit) {
    MARQUEE_TRY(const auto found, walker.next());
    if (found == FrameWalker::Found::kEnd) {
      return damage(segment, walker.position(), next, "the events after it are missing");
    }
    if (found == FrameWalker::Found::kBad) {
      return damage(segment, walker.position(), next, "a frame's checksum is wrong");
    }
    if (walker.header().first_offset != next) {
      return damage(segment, walker.position(), next,
                    fmt::format("event {} follows", walker.header().first_offset));
    }
    next = walker.header().end_offset();
    position = walker.end_position();
  }
  return position;
}

}  // namespace

Result<std::vector<CopiedSegment>> copy_log(Disk& disk, const std::string& from,
                                            const std::string& to, std::uint64_t end) {
  MARQUEE_TRY(const auto offsets, list_segments(disk, from));
  std::vector<CopiedSegment> copied;
  std::uint64_t next = offsets.empty() ? end : offsets.front();
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // One that begins at `end` is needed only when it says by its name where the log stands.
    if (i > 0 && offsets[i] >= end) break;
    MARQUEE_TRY(const Segment segment, open_segment(disk, from, offsets[i], Disk::Open::kRead));
    const bool last = i + 1 == offsets.size() || offsets[i + 1] >= end;
    MARQUEE_TRY(const std::uint64_t bytes,
                end_of_events(segment, last ? end : offsets[i + 1], next));
    const std::string name = segment_name(offsets[i]);
    MARQUEE_TRY(auto digest, copy_file(disk, segment.path, to + "/" + name, bytes));
    copied.push_back({name, std::move(digest)});
  }
  if (next == end) return copied;
  return Error{ErrorCode::kDataLoss,
               fmt::format("event log {} ends at event {}, want {}", from, next, end)};
}

}  // namespace marquee::embedded
