#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/offset.h"

namespace marquee::formats {

/// Which files hold archived events of the log, in the order of the log:
/// archived-events/archive.json (docs/formats/archive.md). A day is archived when this names its
/// files; what it does not name does not count. The log before end() stands here too, so retention
/// may remove it there (docs/decisions/0027).
struct ArchiveIndex {
  static constexpr std::int64_t kSchema = 1;
  static constexpr std::string_view kKey = "archived-events/archive.json";

  struct File {
    std::string key;       ///< in the object store
    std::int32_t day = 0;  ///< UTC day of accepted_at, since 1970
    Offset first;          ///< of its events, in order; between them may be gaps
    Offset last;
    std::string sha256;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;

    bool operator==(const File&) const = default;
  };

  std::vector<File> files;

  /// Behind the last archived event.
  Cursor end() const;
  bool operator==(const ArchiveIndex&) const = default;
};

std::string to_json(const ArchiveIndex& index);
/// kDataLoss, naming the member, when it is no index, of a newer schema, or its files overlap.
Result<ArchiveIndex> parse_archive_index(std::string_view json);

}  // namespace marquee::formats
