#include "app/data_directory.h"

#include <array>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace marquee::app {
namespace {

/// Adapters of the platform profile: known by scheme, not in this build.
struct Missing {
  std::string_view scheme;
  std::string_view what;
};
constexpr std::array<Missing, 4> kMissing{{{"kafka:", "Kafka (librdkafka)"},
                                           {"redis:", "Redis (hiredis)"},
                                           {"postgresql:", "PostgreSQL (libpq)"},
                                           {"s3:", "S3 (Arrow's S3 file system)"}}};

/// The path behind `scheme` in `uri`, `fallback` when there is none.
Result<std::filesystem::path> resolve(std::string_view key, std::string_view uri,
                                      std::string_view scheme,
                                      const std::filesystem::path& fallback) {
  if (uri.starts_with(scheme)) {
    const std::string_view path = uri.substr(scheme.size());
    return path.empty() ? fallback : std::filesystem::path(path);
  }
  for (const Missing& missing : kMissing) {
    if (uri.starts_with(missing.scheme)) {
      return Error{ErrorCode::kFailedPrecondition,
                   fmt::format("{} = '{}': this build has no adapter for {}; use {}", key, uri,
                               missing.what, scheme)};
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("{} = '{}': want {}[PATH]", key, uri, scheme)};
}

ErrorCode code_of(const std::error_code& error) {
  if (error == std::errc::permission_denied || error == std::errc::read_only_file_system ||
      error == std::errc::operation_not_permitted) {
    return ErrorCode::kPermissionDenied;
  }
  if (error == std::errc::no_space_on_device) return ErrorCode::kResourceExhausted;
  return ErrorCode::kFailedPrecondition;
}

}  // namespace

Result<DataPaths> data_paths(const Settings& settings) {
  DataPaths paths;
  paths.directory = settings.data_dir;
  MARQUEE_TRY(paths.events,
              resolve("events", settings.events, "file:", paths.directory / "events"));
  MARQUEE_TRY(paths.database,
              resolve("state", settings.state, "sqlite:", paths.directory / "marquee.db"));
  MARQUEE_TRY(paths.objects,
              resolve("objects", settings.objects, "file:", paths.directory / "lakehouse"));
  MARQUEE_CHECK([&]() -> Result<void> {
    MARQUEE_TRY(const auto ignored, resolve("cache", settings.cache, "memory:", ""));
    (void)ignored;
    return {};
  }());
  return paths;
}

Result<void> prepare_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && ::access(directory.c_str(), W_OK | X_OK) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (!error) return {};
  return Error{code_of(error), fmt::format("cannot use data directory {}: {}; name another with "
                                           "--data or change its owner",
                                           directory.string(), error.message())};
}

}  // namespace marquee::app
