#include "adapters/embedded/event_log/segment_writer.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "domain/offset.h"

namespace marquee::embedded {
namespace {

using formats::FrameHeader;
using formats::SegmentHeader;

/// The log is asked whether anything can be forgotten once for so many events.
constexpr std::size_t kForgetStep = 4'096;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

AppendOutcome repeat_of(const KnownEvent& first, std::uint64_t fingerprint) {
  // An event that was folded from the archive has no fingerprint.
  const bool same = first.fingerprint == fingerprint || first.fingerprint == 0;
  return {same ? AppendStatus::kDuplicate : AppendStatus::kConflict, first.offset,
          first.accepted_at_ms};
}

KnownEvent known_of(const RecentEvents::Entry& entry) {
  return {Offset{Offset::kEmbedded, entry.offset}, entry.fingerprint, entry.accepted_at_ms};
}

bool has_room(const SegmentWriter::Options& options, std::size_t remembered, std::size_t more) {
  return !options.folded_end || remembered + more <= options.recent_events_limit;
}

bool depends_on_frame(const std::vector<AppendOutcome>& outcomes, std::uint64_t first_offset) {
  return std::any_of(outcomes.begin(), outcomes.end(), [&](const AppendOutcome& outcome) {
    return outcome.offset.partition == Offset::kEmbedded && outcome.offset.sequence >= first_offset;
  });
}

}  // namespace

SegmentWriter::SegmentWriter(Disk& disk, Options options, const KnownEvents* known,
                             const Clock& clock)
    : disk_(disk), options_(std::move(options)), known_(known), clock_(clock) {}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::open(Disk& disk, Options options,
                                                           const KnownEvents* known,
                                                           const Clock& clock) {
  std::unique_ptr<SegmentWriter> writer(
      new SegmentWriter(disk, std::move(options), known, clock));  // NOLINT: private constructor
  MARQUEE_CHECK(writer->start());
  return writer;
}

Result<void> SegmentWriter::start() {
  bool fits = true;
  MARQUEE_TRY(recovered_,
              recover_log(disk_, options_.directory, options_.verify_from, clock_.wall_ms(),
                          [&](std::uint64_t offset, const Event& event, std::uint64_t print) {
                            fits = fits && has_room(options_, recent_.size(), 1);
                            if (!fits) return;
                            recent_.insert(RecentEvents::key_of(event.user_id, event.event_id),
                                           {offset, print, event.accepted_at_ms});
                          }));
  last_accepted_ms_ = recovered_.last_accepted_ms;
  if (options_.verify_from > 0 || options_.continues) {
    recent_.set_forgotten_id_ms(last_accepted_ms_ + options_.ahead_max_ms);
  }
  if (recovered_.segments.empty()) return open_next_segment(0);
  for (const Segment& segment : recovered_.segments) segments_.add(segment);
  current_ = recovered_.segments.back();
  end_ = recovered_.scan.end_offset;
  if (!fits) {
    // Memory does not hold what the fold has yet to pass: nothing is accepted before it has, and
    // from then on KnownEvents has all of it.
    recent_ = RecentEvents();
    recent_.set_forgotten_id_ms(last_accepted_ms_ + options_.ahead_max_ms);
    not_remembered_before_ = end_;
  }
  position_ = recovered_.scan.end_position;
  ends_with_mark_ = recovered_.scan.ends_with_mark;
  MARQUEE_TRY(zeros_end_, current_.file->size());
  zeros_end_ = std::max(zeros_end_, position_);
  return reserve_current();
}

/// A copied or cut segment has lost its space. Without enough it is filled as far as the disk goes.
Result<void> SegmentWriter::reserve_current() {
  auto reserved = current_.file->reserve(options_.segment_bytes_max);
  if (!reserved.ok() && reserved.error().code == ErrorCode::kResourceExhausted) return {};
  return reserved;
}

SegmentWriter::Commit SegmentWriter::commit(std::vector<std::vector<PendingEvent>> appends) {
  Commit commit;
  const std::uint64_t first = end_;
  const std::int64_t now_ms = std::max(last_accepted_ms_, clock_.wall_ms());
  builder_.begin(first, first);
  for (auto& append : appends) {
    if (stopped_) {
      commit.outcomes.emplace_back(health_.error());
    } else {
      commit.outcomes.push_back(stage(std::move(append), now_ms, commit.records));
    }
  }
  if (builder_.count() == 0) return commit;
  health_ = write_frame();
  if (!health_.ok()) {
    recent_.remove_from(first);
    commit.records.clear();
    for (auto& outcome : commit.outcomes) {
      if (outcome.ok() && depends_on_frame(*outcome, first)) outcome = health_.error();
    }
    return commit;
  }
  end_ += builder_.count();
  last_accepted_ms_ = now_ms;
  ends_with_mark_ = false;
  if (options_.folded_end && recent_.size() >= options_.recent_events_max + kForgetStep) {
    recent_.forget(options_.recent_events_max, options_.folded_end());
  }
  return commit;
}

/// Forgets what may be forgotten when `events` more would not fit. Fails while KnownEvents does not
/// have everything that memory lacks, since then no repeat can be told from a new event.
Result<void> SegmentWriter::make_room_to_remember(std::size_t events) {
  const bool fits = has_room(options_, recent_.size(), events);
  if (fits && not_remembered_before_ == 0) return {};
  const std::uint64_t folded_end = options_.folded_end();
  if (folded_end < not_remembered_before_) return refuse_to_remember(events);
  not_remembered_before_ = 0;
  if (!fits) recent_.forget(options_.recent_events_max, folded_end);
  return {};
}

Error SegmentWriter::refuse_to_remember(std::size_t events) {
  refused_ += events;
  return Error{
      ErrorCode::kUnavailable,
      fmt::format("too many events wait to be applied: memory recognises the repeats of at "
                  "most {}; try again",
                  options_.recent_events_limit)};
}

/// Adds what is new of one append to the frame under construction. All or nothing: what can fail,
/// making room and looking up older events, comes first.
Result<SegmentWriter::Outcomes> SegmentWriter::stage(std::vector<PendingEvent> events,
                                                     std::int64_t now_ms,
                                                     std::vector<LogRecord>& records) {
  MARQUEE_CHECK(make_room_to_remember(events.size()));
  std::vector<RecentEvents::Key> keys;
  std::vector<std::optional<KnownEvent>> older;
  keys.reserve(events.size());
  older.reserve(events.size());
  for (const PendingEvent& pending : events) {
    keys.push_back(RecentEvents::key_of(pending.event.user_id, pending.event.event_id));
    MARQUEE_TRY(older.emplace_back(), find_older(keys.back(), pending.event));
  }
  if (!has_room(options_, recent_.size(), events.size())) {
    std::size_t fresh = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!older[i] && recent_.find(keys[i]) == nullptr) ++fresh;
    }
    if (!has_room(options_, recent_.size(), fresh)) return refuse_to_remember(events.size());
  }
  Outcomes outcomes;
  outcomes.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    PendingEvent& pending = events[i];
    if (const RecentEvents::Entry* recent = recent_.find(keys[i])) {
      outcomes.push_back(repeat_of(known_of(*recent), pending.fingerprint));
      continue;
    }
    if (older[i]) {
      outcomes.push_back(repeat_of(*older[i], pending.fingerprint));
      continue;
    }
    const Offset offset{Offset::kEmbedded, end_ + builder_.count()};
    pending.event.accepted_at_ms = now_ms;
    builder_.add(pending.event, pending.fingerprint);
    recent_.insert(keys[i], {offset.sequence, pending.fingerprint, now_ms});
    outcomes.push_back({AppendStatus::kAccepted, offset, now_ms});
    records.push_back({offset, std::move(pending.event), pending.fingerprint});
  }
  return outcomes;
}

Result<std::optional<KnownEvent>> SegmentWriter::find_older(const RecentEvents::Key& key,
                                                            const Event& event) {
  if (known_ == nullptr || !recent_.may_be_forgotten(event.event_id) ||
      recent_.find(key) != nullptr) {
    return std::optional<KnownEvent>();
  }
  ++lookups_;
  auto known = known_->find_known(event.user_id, event.event_id);
  if (!known.ok()) {
    return Error{ErrorCode::kUnavailable,
                 "cannot tell whether the event is a repeat, try again: " + known.error().message};
  }
  return known;
}

SegmentWriter::Deduplication SegmentWriter::deduplication() const {
  return {recent_.size(), lookups_, refused_};
}

Result<void> SegmentWriter::write_frame() {
  if (builder_.bytes() > formats::kFramePayloadMax) {
    return Error{ErrorCode::kInvalidArgument, "the events of one group commit are too large"};
  }
  const std::uint64_t bytes = (builder_.bytes() + 7) / 8 * 8;
  const bool full = position_ + bytes > options_.segment_bytes_max;
  if (full && end_ > current_.header.first_offset) MARQUEE_CHECK(roll(bytes));
  return write_at_end(builder_.finish(current_.header.id));
}

Result<void> SegmentWriter::write_at_end(std::span<const std::byte> frame) {
  MARQUEE_CHECK(make_room(frame.size()));
  if (auto written = current_.file->write_at(position_, frame); !written.ok()) {
    return stop(written.error());
  }
  if (auto synced = current_.file->sync(); !synced.ok()) return stop(synced.error());
  position_ += frame.size();
  return {};
}

/// Zeros ahead of the frames, a step at a time: growing the file in the same sync as the data
/// would make every sync write metadata too. Nothing of a frame is written yet, so that a full
/// disk here does no harm.
Result<void> SegmentWriter::make_room(std::uint64_t bytes) {
  if (position_ + bytes <= zeros_end_) return {};
  const std::uint64_t step = options_.grow_bytes;
  const std::uint64_t wanted = (position_ + bytes + step - 1) / step * step;
  const std::vector<std::byte> zeros(wanted - zeros_end_);
  if (auto grown = current_.file->write_at(zeros_end_, zeros); !grown.ok()) {
    const bool full = grown.error().code == ErrorCode::kResourceExhausted;
    return full ? refuse(grown.error()) : stop(grown.error());
  }
  zeros_end_ = wanted;
  return {};
}

/// The only place where a running log meets a full disk: a segment has its space from the start.
Result<void> SegmentWriter::roll(std::uint64_t frame_bytes) {
  if (auto synced = current_.file->sync(); !synced.ok()) return stop(synced.error());
  if (auto opened = open_next_segment(frame_bytes); !opened.ok()) {
    const bool full = opened.error().code == ErrorCode::kResourceExhausted;
    return full ? refuse(opened.error()) : stop(opened.error());
  }
  return {};
}

Result<void> SegmentWriter::open_next_segment(std::uint64_t frame_bytes) {
  const std::int64_t now_ms = std::max(last_accepted_ms_, clock_.wall_ms());
  SegmentHeader header{.first_offset = end_, .created_at_ms = now_ms};
  const Uuid id = Uuid::v7(now_ms);
  std::memcpy(header.id.data(), id.bytes().data(), header.id.size());
  const std::uint64_t bytes =
      std::max(options_.segment_bytes_max, SegmentHeader::kBytes + frame_bytes);
  MARQUEE_TRY(current_, create_segment(disk_, options_.directory, header, bytes));
  segments_.add(current_);
  position_ = SegmentHeader::kBytes;
  zeros_end_ = position_;
  return {};
}

Result<RemovedSegments> SegmentWriter::remove_old(const RetentionLimits& limits) {
  return remove_segments_before(disk_, options_.directory, segments_,
                                removable_end(segments_, limits));
}

/// After a failed write or sync nobody knows what the disk holds: a retried sync may succeed
/// without the data ("fsyncgate"). Only re-reading the disk, at the next start, can tell. That is
/// so for a disk that was full, too: kResourceExhausted is for refuse(), after which appends go on.
Error SegmentWriter::stop(const Error& cause) {
  stopped_ = true;
  return Error{ErrorCode::kUnavailable,
               "the event log has stopped, restart to recover it: " + cause.message};
}

void SegmentWriter::stop_out_of_memory() {
  health_ = stop(Error{ErrorCode::kUnavailable, "out of memory"});
}

bool SegmentWriter::has_space() const {
  const auto free = disk_.free_bytes(options_.directory);
  return free.ok() && *free >= options_.segment_bytes_max;
}

Error SegmentWriter::refuse(const Error& cause) {
  return Error{ErrorCode::kResourceExhausted,
               "the event log has no space left, free some: " + cause.message};
}

Result<void> SegmentWriter::close() {
  if (stopped_) return health_;
  Result<void> written;
  if (!ends_with_mark_) {
    written = write_at_end(bytes_of(formats::encode_end_mark(end_, current_.header.id)));
  }
  stopped_ = true;
  health_ = Error{ErrorCode::kUnavailable, "the event log is closed"};
  return written;
}

}  // namespace marquee::embedded
