#include <fmt/format.h>

#include "adapters/embedded/sqlite/connection.h"
#include "adapters/embedded/sqlite/schema.h"
#include "app/commands/commands.h"
#include "app/storage/storage.h"

namespace marquee::app::commands {
namespace {

using embedded::SqliteConnection;

Result<std::int64_t> version_of(const std::filesystem::path& database) {
  SqliteConnection::Options options;
  options.read_only = true;
  MARQUEE_TRY(const auto connection, SqliteConnection::open(database, options));
  return embedded::schema_version(*connection);
}

}  // namespace

Result<void> migrate(const LoadedSettings& loaded) {
  MARQUEE_TRY(const DataPaths paths, data_paths(loaded.settings));
  if (paths.database.empty()) {
    MARQUEE_CHECK(Storage::open_owner(loaded.settings));
    fmt::print("the tables are as this program wants them\n");
    return {};
  }
  std::error_code ignored;
  if (!std::filesystem::exists(paths.database, ignored)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{} does not exist: marquee import or serve creates it",
                             paths.database.string())};
  }
  MARQUEE_TRY(const auto before, version_of(paths.database));
  // Whoever opens a directory for writing migrates it; the lock keeps a running server out of it.
  MARQUEE_CHECK(Storage::open_owner(loaded.settings));
  MARQUEE_TRY(const auto now, version_of(paths.database));
  if (now == before) {
    fmt::print("{} has schema version {}: nothing to do\n", paths.database.string(), now);
  } else {
    fmt::print("{} migrated from schema version {} to {}\n", paths.database.string(), before, now);
  }
  return {};
}

}  // namespace marquee::app::commands
