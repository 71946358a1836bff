#include "adapters/embedded/event_log/record_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "formats/event_json.h"

namespace marquee::embedded {
namespace {

using formats::FrameKind;
using formats::SegmentHeader;

/// Appends the records of [out.next, until) of the walker's frame to `out`, at most until it holds
/// `events_max`.
Result<void> take_records(const FrameWalker& walker, std::uint64_t until, std::size_t events_max,
                          RecordReader::Records& out) {
  const formats::FrameHeader& header = walker.header();
  formats::RecordCursor cursor(walker.payload());
  for (std::uint64_t offset = header.first_offset; offset < header.end_offset(); ++offset) {
    const auto record = cursor.next();
    if (!record)
      return damage(walker.segment(), walker.position(), offset, "a record is cut short");
    if (offset < out.next) continue;
    if (offset >= until || out.records.size() >= events_max) return {};
    if (!record->json.empty()) {
      auto event = formats::parse_event_json(record->json);
      if (!event.ok()) {
        return damage(walker.segment(), walker.position(), offset, event.error().message);
      }
      out.records.push_back(
          {Offset{Offset::kEmbedded, offset}, *std::move(event), record->fingerprint});
    }
    out.next = offset + 1;
  }
  return {};
}

}  // namespace

Result<RecordReader::Records> RecordReader::read(std::uint64_t from, std::uint64_t until,
                                                 std::size_t events_max) {
  Records out;
  out.next = from;
  auto segment = segments_.holding(from);
  if (!segment) {
    const auto first = segments_.first();
    if (!first) {
      out.stop = Stop::kEnd;
      return out;
    }
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("the event log no longer has event {}, its first is {}; older ones "
                             "are in the archive",
                             from, first->header.first_offset)};
  }
  for (;;) {
    // Asked before reading: only a segment that has a successor is known to be complete.
    const auto following = segments_.after(segment->header.first_offset);
    MARQUEE_CHECK(read_segment(*segment, until, events_max, out));
    if (out.stop != Stop::kEnd || !following) break;
    if (following->header.first_offset != out.next) {
      return damage(*segment, out.position, out.next, "events are missing before the next segment");
    }
    segment = following;
  }
  remember(from, out);
  return out;
}

Result<void> RecordReader::read_segment(const Segment& segment, std::uint64_t until,
                                        std::size_t events_max, Records& out) {
  FrameWalker walker(segment, place_of(out.next, segment));
  out.segment = segment;
  out.stop = Stop::kEnough;
  while (out.next < until && out.records.size() < events_max) {
    MARQUEE_TRY(const auto found, walker.next());
    out.position = walker.position();
    if (found != FrameWalker::Found::kFrame) {
      out.stop = found == FrameWalker::Found::kEnd ? Stop::kEnd : Stop::kBad;
      return {};
    }
    const formats::FrameHeader& header = walker.header();
    out.durable_end = std::max(out.durable_end, header.durable_end);
    if (header.first_offset > out.next) {
      return damage(segment, walker.position(), out.next, "events are missing before this frame");
    }
    if (header.end_offset() > out.next && header.kind == FrameKind::kEvents) {
      MARQUEE_CHECK(take_records(walker, until, events_max, out));
    }
    if (header.kind == FrameKind::kGap) out.next = std::max(out.next, header.end_offset());
    if (out.next >= header.end_offset()) out.position = walker.end_position();
  }
  return {};
}

std::uint64_t RecordReader::place_of(std::uint64_t offset, const Segment& segment) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t best = SegmentHeader::kBytes;
  for (const Place& place : places_) {
    const bool before = place.segment == segment.header.first_offset && place.offset <= offset;
    if (before) best = std::max(best, place.position);
  }
  return best;
}

void RecordReader::remember(std::uint64_t from, const Records& read) {
  if (read.next == from) return;
  const std::lock_guard lock(mutex_);
  // A consumer that reads on takes its own place along and leaves the others theirs.
  auto place = std::find_if(places_.begin(), places_.end(),
                            [&](const Place& old) { return old.offset == from; });
  if (place == places_.end() || from == 0) {
    place = places_.begin() + static_cast<std::ptrdiff_t>(oldest_place_);
    oldest_place_ = (oldest_place_ + 1) % places_.size();
  }
  *place = Place{read.next, read.segment->header.first_offset, read.position};
}

}  // namespace marquee::embedded
