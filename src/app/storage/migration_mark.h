#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "ports/object_store.h"

namespace marquee::app {

/// Says that a migration is filling a data directory and the services that its settings name: a
/// file in the directory and an object in the lakehouse, from before the first change to after the
/// last. While one is there nobody but the next migration opens them, on this machine or another.
class MigrationMark {
 public:
  static constexpr std::string_view kFile = "migration.unfinished";    ///< in the directory
  static constexpr std::string_view kObject = "migration.unfinished";  ///< in the lakehouse

  /// Durable when this returns. `source` is what others are told to migrate again.
  static Result<MigrationMark> set(const std::filesystem::path& directory, ObjectStore& objects,
                                   const std::string& source);
  /// What is migrated into the directory, when a migration was cut off there.
  static Result<std::optional<std::string>> source(const std::filesystem::path& directory);

  /// The migration is whole.
  Result<void> clear(ObjectStore& objects) const;

 private:
  explicit MigrationMark(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::filesystem::path directory_;
};

/// kFailedPrecondition, saying what to run, when a migration into `directory` was cut off.
Result<void> check_no_migration(const std::filesystem::path& directory);
/// The same by the lakehouse, for a directory that shares it; ok when the lakehouse is away.
Result<void> check_no_migration(const std::filesystem::path& directory, const ObjectStore& objects);

}  // namespace marquee::app
