#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/embedded/event_log/log_recovery.h"
#include "adapters/embedded/event_log/recent_events.h"
#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/event_log/segment_removal.h"
#include "adapters/embedded/files/disk.h"
#include "base/clock.h"
#include "base/result.h"
#include "formats/log_frame.h"
#include "ports/event_log.h"
#include "ports/known_events.h"

namespace marquee::embedded {

/// The writing half of the log without its thread: decides which events are new, and stores a
/// group of appends as one frame. Deterministic for a given disk and clock, so that a simulation
/// can drive it. Not thread-safe, but segments() may be read by others.
class SegmentWriter {
 public:
  struct Options {
    std::string directory;
    std::uint64_t segment_bytes_max = 64ULL << 20;
    std::uint64_t grow_bytes = 1ULL << 20;  ///< zeros written ahead, so that a sync is data only
    std::size_t recent_events_max = 200'000;
    /// So many are held while the fold is behind and nothing can be forgotten; appends beyond that
    /// get kUnavailable until it has caught up.
    std::size_t recent_events_limit = 500'000;
    std::uint64_t verify_from = 0;             ///< the fold's stored cursor
    bool continues = false;                    ///< KnownEvents has events of another log, too
    std::int64_t ahead_max_ms = 5LL * 60'000;  ///< how far an id's time may be ahead of ours
    /// The fold's stored cursor now: events behind it are in KnownEvents and may be forgotten
    /// here. Nothing is ever forgotten when it is empty, and there is no limit.
    std::function<std::uint64_t()> folded_end = nullptr;
  };
  struct Commit {
    std::vector<Result<std::vector<AppendOutcome>>> outcomes;  ///< one for each append
    std::vector<LogRecord> records;                            ///< what was stored, in order
  };

  /// What recognising repeats costs.
  struct Deduplication {
    std::uint64_t remembered = 0;  ///< events in memory
    std::uint64_t lookups = 0;     ///< of ids that may be older, in KnownEvents
    std::uint64_t refused = 0;     ///< events, since the memory was full
  };

  /// Recovers the log in `options.directory`. `known` may be null: then nothing older than
  /// verify_from is recognised. The references must outlive the writer.
  static Result<std::unique_ptr<SegmentWriter>> open(Disk& disk, Options options,
                                                     const KnownEvents* known, const Clock& clock);

  /// Stores what is new of `appends` in one frame; it is on stable storage when this returns. After
  /// a failed write or sync every commit fails. A full disk that is met before anything was written
  /// fails this commit only.
  Commit commit(std::vector<std::vector<PendingEvent>> appends);

  /// Writes the end mark. No commit() after it.
  Result<void> close();

  /// Removes the oldest segments as far as `limits` let. From any one thread beside commit().
  Result<RemovedSegments> remove_old(const RetentionLimits& limits);

  /// One past the last durable event.
  std::uint64_t end() const { return end_; }
  const SegmentList& segments() const { return segments_; }
  /// What open() found.
  const RecoveredLog& recovered() const { return recovered_; }
  Deduplication deduplication() const;
  /// Why the last commit failed; ok after one that succeeded.
  const Result<void>& health() const { return health_; }
  /// Whether the disk has space for another segment; so no as well when it does not say. Any
  /// thread.
  bool has_space() const;
  /// Nothing is written any more, as after a failed write: commit() was left by an exception.
  void stop_out_of_memory();

 private:
  using Outcomes = std::vector<AppendOutcome>;

  SegmentWriter(Disk& disk, Options options, const KnownEvents* known, const Clock& clock);

  Result<void> start();
  Result<Outcomes> stage(std::vector<PendingEvent> events, std::int64_t now_ms,
                         std::vector<LogRecord>& records);
  Result<void> make_room_to_remember(std::size_t events);
  Error refuse_to_remember(std::size_t events);
  Result<std::optional<KnownEvent>> find_older(const RecentEvents::Key& key, const Event& event);
  Result<void> write_frame();
  Result<void> write_at_end(std::span<const std::byte> frame);
  Result<void> make_room(std::uint64_t bytes);
  Result<void> roll(std::uint64_t frame_bytes);
  Result<void> open_next_segment(std::uint64_t frame_bytes);
  Result<void> reserve_current();
  Error stop(const Error& cause);
  static Error refuse(const Error& cause);

  Disk& disk_;
  const Options options_;
  const KnownEvents* const known_;
  const Clock& clock_;
  RecoveredLog recovered_;
  SegmentList segments_;
  RecentEvents recent_;
  formats::FrameBuilder builder_;
  Segment current_;
  std::uint64_t position_ = 0;   ///< where the next frame goes
  std::uint64_t zeros_end_ = 0;  ///< the file holds zeros from position_ to here
  std::uint64_t end_ = 0;
  std::int64_t last_accepted_ms_ = 0;
  std::uint64_t not_remembered_before_ = 0;  ///< what KnownEvents must reach before an append
  std::uint64_t lookups_ = 0;
  std::uint64_t refused_ = 0;
  bool ends_with_mark_ = false;
  bool stopped_ = false;
  Result<void> health_;
};

}  // namespace marquee::embedded
