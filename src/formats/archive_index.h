#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/offset.h"

namespace marquee::formats {

/// Which files hold archived events of the log, by day, then partition, each partition's in its
/// order: archived-events/archive.json (docs/formats/archive.md). A day is archived when this names
/// its files; what it does not name does not count. The log before end() stands here too, so
/// retention may remove it there (docs/decisions/0027).
struct ArchiveIndex {
  static constexpr std::int64_t kSchema = 1;            ///< of the embedded log
  static constexpr std::int64_t kSchemaPartitions = 2;  ///< of any other: older programs refuse it
  static constexpr std::string_view kKey = "archived-events/archive.json";

  struct File {
    std::string key;       ///< in the object store
    std::int32_t day = 0;  ///< UTC day of accepted_at, since 1970
    Offset first;          ///< of its records, in order; between them may be gaps
    Offset last;
    std::string sha256;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;
    std::uint64_t skipped = 0;  ///< records that were no events (LogRecord::poison)

    bool operator==(const File&) const = default;
  };

  std::vector<File> files = {};
  /// Where partitions go on behind gaps that follow their last file. Not of the embedded log, which
  /// has none.
  Cursor behind_gaps = {};

  /// Before it every record of the log is archived or was none.
  Cursor end() const;
  bool operator==(const ArchiveIndex&) const = default;
};

std::string to_json(const ArchiveIndex& index);
/// kDataLoss, naming the member, when it is no index, of a newer schema, or files of a partition
/// overlap.
Result<ArchiveIndex> parse_archive_index(std::string_view json);

}  // namespace marquee::formats
