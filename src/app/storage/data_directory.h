#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "settings/settings.h"

namespace marquee::app {

/// Where everything of one data directory lies, with the URIs of the settings resolved. A path is
/// empty when the setting names a service (Kafka, PostgreSQL, S3) instead.
struct DataPaths {
  std::filesystem::path directory;
  std::filesystem::path events;
  std::filesystem::path database;
  std::filesystem::path objects;
  bool cache_is_local = true;

  /// Whether log and state are such that other processes may fold beside this one.
  bool is_shared() const { return events.empty() && database.empty(); }
};

/// Resolves the settings' URIs. kInvalidArgument for a scheme that nobody knows, or a
/// retrieval.search that the state cannot do.
Result<DataPaths> data_paths(const Settings& settings);

/// kFailedPrecondition unless `path` (one of DataPaths, which the setting `key` names) is a file or
/// directory here, for a command that works on nothing else.
Result<void> check_local(const std::filesystem::path& path, std::string_view key);

/// Creates the directory when it is missing. kPermissionDenied, naming it, when that or writing to
/// it is not allowed; kResourceExhausted when the disk is full.
Result<void> prepare_directory(const std::filesystem::path& directory);

}  // namespace marquee::app
