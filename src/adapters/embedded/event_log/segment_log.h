#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adapters/embedded/event_log/append_queue.h"
#include "adapters/embedded/event_log/deduplication_metrics.h"
#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/recent_records.h"
#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/disk.h"
#include "base/clock.h"
#include "ports/event_log.h"
#include "ports/known_events.h"

namespace marquee::embedded {

/// The event log in a directory of its own: segments of checksummed frames
/// (docs/formats/event_log.md). One thread writes: it takes everything that is queued, writes one
/// frame, syncs once, then completes the appends. The caller owns the directory (DirectoryLock)
/// and destroys the log only when no call is under way.
class SegmentLog final : public EventLog {
 public:
  struct Options {
    SegmentWriter::Options writer;
    std::size_t queue_events_max = 8'192;
    std::size_t recent_records_max = 8'192;  ///< kept in memory for readers; about 400 bytes each
  };
  /// What the start found.
  struct Opened {
    std::uint64_t first_offset = 0;    ///< of the oldest event in the log
    std::uint64_t end_offset = 0;      ///< one past the newest
    std::uint64_t events_checked = 0;  ///< whose checksums were verified
    std::uint64_t torn_bytes = 0;      ///< cut off after a power cut; never acknowledged
    std::string torn_file;             ///< where they were set aside; empty when there were none
    bool was_closed = false;           ///< the last run ended properly
  };

  /// Recovers and opens the log (see recover_log() and SegmentWriter::open() for the errors).
  static Result<std::unique_ptr<SegmentLog>> open(const Options& options, const KnownEvents* known,
                                                  const Clock& clock, Disk& disk = posix_disk());
  /// close()
  ~SegmentLog() override;

  void append(std::vector<PendingEvent> events, Completion done) override;
  /// kFailedPrecondition when the log begins after `from`.
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  Cursor end() const override;
  Cursor begin() const override;
  Durability durability() const override { return Durability::kPower; }
  /// After a full disk ok again with the next append that succeeds, or once there is space for a
  /// segment, which is looked for at most once a second and only when asked.
  Result<void> health() const override;

  /// Stores what is queued, writes the end mark and stops; later appends get kUnavailable, reads
  /// go on. Returns how writing the end mark went, the first time.
  Result<void> close();
  const Opened& opened() const { return opened_; }
  /// The events that wait to be written.
  QueueState queue() const { return queue_.state(); }

  /// Removes the oldest segments as far as `limits` let; no appends wait for it. One at a time.
  Result<RemovedSegments> remove_old(const RetentionLimits& limits) {
    return writer_->remove_old(limits);
  }
  const SegmentList& segments() const { return writer_->segments(); }
  /// Exports what recognising repeats costs, from now on (marquee_dedup_*). `metrics` must outlive
  /// the log.
  void report_to(telemetry::Metrics& metrics);

 private:
  SegmentLog(const Options& options, std::unique_ptr<SegmentWriter> writer, const Clock& clock);
  void write_all();
  bool write_group();
  static void answer(QueuedAppend& append, Result<std::vector<AppendOutcome>> outcome);
  void publish(SegmentWriter::Commit& commit);
  bool has_space_again() const;

  const std::unique_ptr<SegmentWriter> writer_;  ///< of the writer thread, but for remove_old()
  const Clock& clock_;
  const std::uint64_t recent_events_limit_;
  Opened opened_;
  AppendQueue queue_;
  RecentRecords recent_;
  RecordReader reader_;
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::uint64_t end_ = 0;
  bool closing_ = false;
  mutable Result<void> health_;
  mutable std::optional<std::chrono::steady_clock::time_point> space_seen_at_;
  SegmentWriter::Deduplication deduplication_;
  std::optional<DeduplicationMetrics> metrics_;
  std::thread thread_;
};

}  // namespace marquee::embedded
