#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::formats {

/// What a backup is made of: backup.json (docs/formats/backup.md), written last, so that a backup
/// exists when this does.
struct BackupManifest {
  static constexpr std::int64_t kSchema = 1;
  static constexpr std::string_view kName = "backup.json";

  struct File {
    std::string path;  ///< relative to the backup: "events/00000000000000000000.log"
    std::uint64_t bytes = 0;
    std::string sha256;

    bool operator==(const File&) const = default;
  };

  std::int64_t created_at_ms = 0;
  std::string code_version;  ///< of the program that wrote it
  std::string log_end;       ///< the offset of the first event that is not in it
  std::vector<File> files;

  bool operator==(const BackupManifest&) const = default;
};

/// The manifest as JSON, with a checksum over all of it as the last member.
std::string to_json(const BackupManifest& manifest);

/// Reads what to_json wrote; unknown members are ignored (a newer writer of the same schema).
/// kDataLoss, naming backup.json, when it is none, was changed, or is of another schema.
Result<BackupManifest> parse_backup_manifest(std::string_view json);

}  // namespace marquee::formats
