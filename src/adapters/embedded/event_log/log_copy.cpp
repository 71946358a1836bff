#include "adapters/embedded/event_log/log_copy.h"

#include <fmt/format.h>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/log_begin.h"
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

Error removed_meanwhile() {
  return Error{ErrorCode::kUnavailable,
               "old segments of the event log were removed meanwhile: run it again"};
}

/// The copy begins where the log did when it was listed.
Result<void> copy_begin(Disk& disk, const std::string& to, std::uint64_t first_offset,
                        std::vector<CopiedFile>& copied) {
  if (first_offset == 0) return {};
  MARQUEE_CHECK(store_log_begin(disk, to, first_offset));
  MARQUEE_TRY(auto digest, digest_file(disk, to + "/" + kLogBeginName));
  copied.push_back({kLogBeginName, std::move(digest)});
  return {};
}

}  // namespace

Result<std::vector<CopiedFile>> copy_log(Disk& disk, const std::string& from, const std::string& to,
                                         std::uint64_t end) {
  MARQUEE_TRY(const LogListing listing, list_log(disk, from));
  const auto& offsets = listing.segments;
  std::vector<CopiedFile> copied;
  std::uint64_t next = offsets.empty() ? end : offsets.front();
  if (!offsets.empty()) MARQUEE_CHECK(copy_begin(disk, to, offsets.front(), copied));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // One that begins at `end` is needed only when it says by its name where the log stands.
    if (i > 0 && offsets[i] >= end) break;
    auto segment = open_segment(disk, from, offsets[i], Disk::Open::kRead);
    if (!segment.ok() && segment.error().code == ErrorCode::kNotFound) return removed_meanwhile();
    if (!segment.ok()) return segment.error();
    const bool last = i + 1 == offsets.size() || offsets[i + 1] >= end;
    MARQUEE_TRY(const std::uint64_t bytes,
                end_of_events(*segment, last ? end : offsets[i + 1], next));
    const std::string name = segment_name(offsets[i]);
    auto digest = copy_file(disk, segment->path, to + "/" + name, bytes);
    if (!digest.ok() && digest.error().code == ErrorCode::kNotFound) return removed_meanwhile();
    if (!digest.ok()) return digest.error();
    copied.push_back({name, *std::move(digest)});
  }
  if (next == end) return copied;
  return Error{ErrorCode::kDataLoss,
               fmt::format("event log {} ends at event {}, want {}", from, next, end)};
}

}  // namespace marquee::embedded
