#include "app/storage/data_directory.h"

#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace marquee::app {
namespace {

/// Where what a setting names may be: in a file here, or with a service.
struct Place {
  std::string_view key;      ///< "events"
  std::string_view local;    ///< "file:"
  std::string_view service;  ///< "kafka:"
  std::string_view example;
};
constexpr Place kEvents{"events", "file:", "kafka:", "kafka://HOST:PORT/TOPIC"};
constexpr Place kState{"state", "sqlite:", "postgresql:", "postgresql://USER@HOST:PORT/DATABASE"};
constexpr Place kObjects{"objects", "file:", "s3:", "s3://BUCKET?endpoint=http://HOST:PORT"};
constexpr Place kCache{"cache", "memory:", "redis:", "redis://HOST:PORT"};

/// The path behind `place.local` in `uri`, `fallback` when there is none; empty for a service.
Result<std::filesystem::path> resolve(const Place& place, std::string_view uri,
                                      const std::filesystem::path& fallback) {
  if (uri.starts_with(place.service)) return std::filesystem::path();
  if (&place == &kCache && uri.starts_with("rediss:")) return std::filesystem::path();  // TLS
  if (uri.starts_with(place.local)) {
    const std::string_view path = uri.substr(place.local.size());
    return path.empty() ? fallback : std::filesystem::path(path);
  }
  // Not repeated: what stands there may be a password.
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("{}: want {}[PATH] or {}", place.key, place.local, place.example)};
}

/// That the state can do what retrieval.search wants of it.
Result<void> check_search(const Settings& settings, bool state_is_local) {
  const std::string& search = settings.retrieval_search;
  if (search == kExactSearch || (search == kPgvectorSearch && !state_is_local)) return {};
  if (search != kPgvectorSearch) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("retrieval.search is '{}', want exact or pgvector", search)};
  }
  return Error{ErrorCode::kInvalidArgument,
               "retrieval.search = \"pgvector\" wants the state in PostgreSQL: set state to "
               "postgresql://USER@HOST:PORT/DATABASE, or retrieval.search to exact"};
}

/// That Spark can reach what it is to fold and to write.
Result<void> check_engine(const Settings& settings, bool is_shared) {
  const std::string& engine = settings.speed_engine;
  if (engine == kNativeEngine || (engine == kSparkEngine && is_shared)) return {};
  if (engine != kSparkEngine) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("speed.engine is '{}', want native or spark", engine)};
  }
  return Error{ErrorCode::kInvalidArgument,
               "speed.engine = \"spark\" wants the log on Kafka and the state in PostgreSQL: set "
               "events and state, or speed.engine to native"};
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
  MARQUEE_TRY(paths.events, resolve(kEvents, settings.events, paths.directory / "events"));
  MARQUEE_TRY(paths.database, resolve(kState, settings.state, paths.directory / "marquee.db"));
  MARQUEE_TRY(paths.objects, resolve(kObjects, settings.objects, paths.directory / "lakehouse"));
  MARQUEE_TRY(const auto cache, resolve(kCache, settings.cache, "memory"));
  paths.cache_is_local = !cache.empty();
  MARQUEE_CHECK(check_search(settings, !paths.database.empty()));
  MARQUEE_CHECK(check_engine(settings, paths.events.empty() && paths.database.empty()));
  return paths;
}

Result<void> check_local(const std::filesystem::path& path, std::string_view key) {
  if (!path.empty()) return {};
  return Error{
      ErrorCode::kFailedPrecondition,
      fmt::format("the setting '{}' names a service: this command works on files only; use "
                  "the service's own tools",
                  key)};
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
