#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/result.h"
#include "formats/archive_index.h"
#include "formats/parquet.h"
#include "ports/event_log.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// The index in `objects`; an empty one when nothing is archived yet. kDataLoss when it is damaged.
Result<formats::ArchiveIndex> load_archive_index(const ObjectStore& objects);

/// The log as it reads with its archive in front, each event once and under its own offset, whether
/// or not the log still begins at 0. An archived event has no fingerprint (0). For reading only.
/// What is archived and what is not may change between two of these: their events are the same.
///
/// read() answers kDataLoss, naming the object, for an archive file that is missing, differs from
/// its SHA-256 or holds other offsets than the index says. Fast from one read to the next; a jump
/// reads its file from the start. Not thread-safe.
class ArchivedLog final : public EventLog {
 public:
  /// Where an event is read that is in both.
  enum class Prefer {
    kArchive,
    /// For who needs the fingerprints. What a repair of the log gave up is read from the archive.
    kLog,
  };
  /// `log` may be null: then the archive is all there is. Both outlive this.
  static Result<std::unique_ptr<ArchivedLog>> open(const ObjectStore& objects, EventLog* log,
                                                   Prefer prefer = Prefer::kArchive);

  const formats::ArchiveIndex& index() const { return index_; }

  /// kFailedPrecondition: nothing is appended here.
  void append(std::vector<PendingEvent> events, Completion done) override;
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  Cursor end() const override;
  Durability durability() const override { return Durability::kPower; }
  Result<void> health() const override { return {}; }

 private:
  ArchivedLog(const ObjectStore& objects, EventLog* log, formats::ArchiveIndex index,
              std::uint64_t log_from);

  /// The first file that holds an event at or behind `sequence`; the number of files when none.
  std::size_t file_of(std::uint64_t sequence) const;
  Result<LogBatch> read_archive(std::uint64_t from, std::uint64_t until, std::size_t events_max);
  Result<LogBatch> read_log(const Cursor& from, std::size_t events_max,
                            std::chrono::milliseconds wait);
  Result<LogBatch> fill_gap(LogBatch batch, std::uint64_t from, std::size_t events_max);
  bool may_hold(std::uint64_t from, std::uint64_t until) const;
  void take_ready(std::uint64_t until, std::size_t events_max, LogBatch& batch);
  Result<void> open_file(std::size_t file);
  Result<void> fill(std::uint64_t from);
  Error damaged(std::string_view why) const;

  const ObjectStore& objects_;
  EventLog* log_;
  const formats::ArchiveIndex index_;
  const std::uint64_t log_from_;  ///< from here on events are read from the log

  std::size_t file_ = 0;    ///< that is open
  std::uint64_t next_ = 0;  ///< where reader_ and ready_ go on
  std::vector<std::byte> bytes_;
  std::unique_ptr<formats::EventsReader> reader_;  ///< of bytes_; null: none is open
  std::deque<formats::ArchivedEvent> ready_;       ///< read and not handed out
};

}  // namespace marquee::batch
