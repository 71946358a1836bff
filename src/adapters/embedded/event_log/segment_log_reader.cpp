#include "adapters/embedded/event_log/segment_log_reader.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "adapters/embedded/event_log/frame_walker.h"
#include "adapters/embedded/event_log/log_begin.h"

namespace marquee::embedded {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::chrono::milliseconds kPollEvery{20};

Error not_ours() {
  return Error{ErrorCode::kFailedPrecondition,
               "the event log is open for reading only, send events to the server that owns it"};
}

}  // namespace

Result<std::unique_ptr<SegmentLogReader>> SegmentLogReader::open(const std::string& directory,
                                                                 Disk& disk) {
  std::unique_ptr<SegmentLogReader> reader(
      new SegmentLogReader(directory, disk));  // NOLINT: private constructor
  MARQUEE_CHECK(reader->find_new_segments());
  return reader;
}

SegmentLogReader::SegmentLogReader(const std::string& directory, Disk& disk)
    : directory_(directory), disk_(disk), reader_(segments_) {}

Result<void> SegmentLogReader::find_new_segments() const {
  const std::lock_guard lock(mutex_);
  constexpr int kLooks = 3;  // the owner removes old segments once a day at most
  for (int look = 1;; ++look) {
    auto opened = open_new_segments();
    const bool removed = !opened.ok() && opened.error().code == ErrorCode::kNotFound;
    if (!removed || look == kLooks) return opened;
  }
}

Result<void> SegmentLogReader::open_new_segments() const {
  MARQUEE_TRY(const LogListing listing, list_log(disk_, directory_));
  const auto last = segments_.last();
  for (const std::uint64_t offset : listing.segments) {
    if (last && offset <= last->header.first_offset) continue;
    MARQUEE_TRY(Segment segment, open_segment(disk_, directory_, offset, Disk::Open::kRead));
    segments_.add(std::move(segment));
  }
  return {};
}

void SegmentLogReader::append(std::vector<PendingEvent>, Completion done) { done(not_ours()); }

Result<void> SegmentLogReader::health() const { return not_ours(); }

Result<LogBatch> SegmentLogReader::read(const Cursor& from, std::size_t events_max,
                                        std::chrono::milliseconds wait) {
  const std::uint64_t first = from.next(Offset::kEmbedded);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    MARQUEE_TRY(auto found, read_now(first, events_max));
    const auto now = std::chrono::steady_clock::now();
    if (found.next != first || now >= deadline || events_max == 0) {
      LogBatch batch{std::move(found.records), from};
      batch.next.set_next(Offset::kEmbedded, found.next);
      return batch;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
    std::this_thread::sleep_for(std::min(kPollEvery, left));
  }
}

Result<RecordReader::Records> SegmentLogReader::read_now(std::uint64_t from,
                                                         std::size_t events_max) const {
  MARQUEE_TRY(auto found, reader_.read(from, kNoLimit, events_max));
  if (found.next == from && found.stop != RecordReader::Stop::kEnough) {
    MARQUEE_CHECK(find_new_segments());  // the owner may have begun another
    MARQUEE_TRY(found, reader_.read(from, kNoLimit, events_max));
  }
  if (found.next == from && found.stop == RecordReader::Stop::kBad) {
    MARQUEE_CHECK(check_tail(found));
  }
  MARQUEE_CHECK(make_durable(found));
  return found;
}

/// Bytes that are no intact frame are one that is still being written, unless an intact one
/// follows and they stay as they are.
Result<void> SegmentLogReader::check_tail(const RecordReader::Records& read) const {
  FrameWalker walker(*read.segment, read.position);
  MARQUEE_TRY(const auto first_look, walker.next());
  if (first_look != FrameWalker::Found::kBad) return {};
  MARQUEE_TRY(const auto intact, walker.find_intact_after());
  if (!intact && !segments_.after(read.segment->header.first_offset)) return {};
  MARQUEE_TRY(const auto second_look, walker.next());
  if (second_look != FrameWalker::Found::kBad) return {};
  return damage(*read.segment, read.position, read.next, "a frame's checksum is wrong");
}

/// The owner syncs a segment before it begins the next, so that only the one where reading stopped
/// can hold frames whose sync is still under way.
Result<void> SegmentLogReader::make_durable(const RecordReader::Records& read) const {
  if (read.records.empty() || read.next <= read.durable_end) return {};
  return read.segment->file->sync();
}

Cursor SegmentLogReader::end() const {
  constexpr std::size_t kBatch = 4'096;
  Cursor cursor;
  for (std::uint64_t next = begin().next(Offset::kEmbedded);;) {
    cursor.set_next(Offset::kEmbedded, next);
    const auto found = read_now(next, kBatch);
    if (!found.ok() || found->next == next) return cursor;
    next = found->next;
  }
}

Cursor SegmentLogReader::begin() const {
  const auto first = segments_.first();
  Cursor cursor;
  cursor.set_next(Offset::kEmbedded, first ? first->header.first_offset : 0);
  return cursor;
}

}  // namespace marquee::embedded
