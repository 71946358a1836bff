#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "batch/archive_file.h"
#include "formats/archive_index.h"
#include "formats/log_moves.h"
#include "ports/event_log.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// Where the log was moved, by `objects`; none when it never was. kDataLoss when it is damaged.
Result<formats::LogMoves> load_log_moves(const ObjectStore& objects);

/// The index in `objects`; an empty one when nothing is archived yet. kDataLoss when it is damaged.
Result<formats::ArchiveIndex> load_archive_index(const ObjectStore& objects);

/// The log as it reads with its archive in front, each event once and under its own offset, whether
/// or not the log still begins at 0. An archived event has no fingerprint (0); an archived record
/// that was no event has its offset and `poison` alone. For reading only. What is archived and what
/// is not may change between two of these: their events are the same.
///
/// A partition's records come in its order, and what came before a move of the log
/// (formats/log_moves.h) comes before what came after, as long as all partitions are read that have
/// any. Else no order across partitions is promised; in fact the archived part of a partition comes
/// whole before that of the next, so that one file is open at a time, and the log's part comes
/// behind the archived ones as the log gives it.
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
  /// Those of the log and those of which something is archived.
  std::vector<std::int32_t> partitions() const override { return partitions_; }
  Result<LogBatch> read_partitions(std::span<const std::int32_t> partitions, const Cursor& from,
                                   std::size_t events_max, std::chrono::milliseconds wait) override;
  Cursor end() const override;
  /// Of partitions of which nothing is archived, where the log begins; of others the start.
  Cursor begin() const override;
  Durability durability() const override { return Durability::kPower; }
  Result<void> health() const override { return {}; }

 private:
  /// What is known of a partition when this is opened.
  struct Partition {
    std::vector<std::size_t> files;   ///< in index_, in the partition's order
    std::uint64_t archive_end = 0;    ///< no event before it is in the log alone
    std::uint64_t archive_until = 0;  ///< up to here the archive is read, from here on the log
    bool in_log = false;
  };

  ArchivedLog(const ObjectStore& objects, EventLog* log, formats::ArchiveIndex index,
              formats::LogMoves moves, const Cursor* log_from);

  std::vector<std::size_t>::const_iterator file_behind(const Partition& known,
                                                       std::uint64_t sequence) const;
  bool may_hold(const Partition& known, std::uint64_t from, std::uint64_t until) const;
  Result<void> read_archive(std::int32_t partition, std::uint64_t until, std::size_t events_max,
                            LogBatch& batch);
  Result<void> read_file(std::size_t file, std::uint64_t until, std::size_t events_max,
                         LogBatch& batch);
  Result<LogBatch> read_log(std::span<const std::int32_t> partitions, LogBatch batch,
                            std::size_t events_max, std::chrono::milliseconds wait);
  Result<bool> fill_gap(std::int32_t partition, const Cursor& from, std::size_t events_max,
                        LogBatch& batch);

  const ObjectStore& objects_;
  EventLog* log_;
  const formats::ArchiveIndex index_;
  const formats::LogMoves moves_;
  std::map<std::int32_t, Partition> known_;
  std::vector<std::int32_t> partitions_;

  std::size_t file_ = 0;               ///< that is open
  std::uint64_t next_ = 0;             ///< the sequence behind the last record that it handed out
  std::unique_ptr<ArchiveFile> open_;  ///< null: none is
};

}  // namespace marquee::batch
