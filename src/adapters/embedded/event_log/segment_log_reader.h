#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/files/disk.h"
#include "ports/event_log.h"

namespace marquee::embedded {

/// The event log of a directory that another process may own and be writing: for training, archive
/// and command-line processes beside a running server. Reads what is intact on the disk and syncs
/// it itself before handing it out, so that no record it returns can be lost with the power.
///
/// Segments that the owner removes meanwhile can be read on here, as they are open.
///
/// end() is where the intact frames ended at the last look; read() looks again. append() and
/// health() say kFailedPrecondition: only the owner writes.
class SegmentLogReader final : public EventLog {
 public:
  /// kNotFound when the directory does not exist; kDataLoss for a damaged segment header. The disk
  /// must outlive the reader.
  static Result<std::unique_ptr<SegmentLogReader>> open(const std::string& directory,
                                                        Disk& disk = posix_disk());

  void append(std::vector<PendingEvent> events, Completion done) override;
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  /// Reads to the end of the log first; on damage, where that begins.
  Cursor end() const override;
  Cursor begin() const override;
  Durability durability() const override { return Durability::kPower; }
  Result<void> health() const override;

 private:
  SegmentLogReader(const std::string& directory, Disk& disk);
  Result<void> find_new_segments() const;
  Result<void> open_new_segments() const;
  Result<RecordReader::Records> read_now(std::uint64_t from, std::size_t events_max) const;
  Result<void> check_tail(const RecordReader::Records& read) const;
  Result<void> make_durable(const RecordReader::Records& read) const;

  const std::string directory_;
  Disk& disk_;
  mutable SegmentList segments_;
  mutable RecordReader reader_;
  mutable std::mutex mutex_;  ///< one look at the directory at a time
};

}  // namespace marquee::embedded
