#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/archive_index.h"
#include "formats/parquet.h"
#include "ports/event_log.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// The records of one archived file in the order of their offsets, with fingerprint 0. A record
/// that was no event is among them: its offset and LogRecord::poison are all that was kept.
///
/// The whole file is held in memory, its events by some thousands. Every error that is the file's
/// is kDataLoss and names it: missing, other than its SHA-256, other offsets than the index says.
class ArchiveFile {
 public:
  /// The key-value pair of a file that names its records that were no events
  /// (formats/sequence_ranges.h). Absent when there are none.
  static constexpr const char* kSkippedKey = "marquee.skipped";

  /// Reads and checks the file that `named` names.
  static Result<std::unique_ptr<ArchiveFile>> open(const ObjectStore& objects,
                                                   const formats::ArchiveIndex::File& named);

  /// The next record; null behind the last. The caller may move from it, and then calls pop().
  Result<LogRecord*> front();
  void pop() { ready_.pop_front(); }

 private:
  explicit ArchiveFile(const formats::ArchiveIndex::File& named) : named_(named) {}

  Result<void> read_skipped();
  Result<void> fill();
  void add_skipped_before(std::uint64_t sequence);
  Result<void> finish();
  Error damaged(std::string_view why) const;

  const formats::ArchiveIndex::File named_;
  std::vector<std::byte> bytes_;
  std::unique_ptr<formats::EventsReader> reader_;  ///< of bytes_; null behind the last event
  std::deque<std::uint64_t> skipped_;              ///< sequences that are not in ready_ yet
  std::deque<LogRecord> ready_;                    ///< read and not handed out
  Offset last_;                                    ///< that was ready
};

}  // namespace marquee::batch
