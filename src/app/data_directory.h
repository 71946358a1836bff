#pragma once

#include <filesystem>
#include <string>

#include "app/settings.h"
#include "base/result.h"

namespace marquee::app {

/// Where everything of one data directory lies, with the URIs of the settings resolved.
struct DataPaths {
  std::filesystem::path directory;
  std::filesystem::path events;
  std::filesystem::path database;
  std::filesystem::path objects;
};

/// Resolves the settings' URIs. kInvalidArgument for a scheme nobody knows, kFailedPrecondition,
/// saying what brings it, for one whose adapter this build lacks.
Result<DataPaths> data_paths(const Settings& settings);

/// Creates the directory when it is missing. kPermissionDenied, naming it, when that or writing to
/// it is not allowed; kResourceExhausted when the disk is full.
Result<void> prepare_directory(const std::filesystem::path& directory);

}  // namespace marquee::app
