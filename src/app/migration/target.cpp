#include "app/migration/target.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/event_log/log_begin.h"
#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/posix_file.h"
#include "base/clock.h"

namespace marquee::app {
namespace {

namespace fs = std::filesystem;

Error not_empty(const MigrationSide& side, std::string_view what) {
  return Error{
      ErrorCode::kFailedPrecondition,
      fmt::format("{} holds {} already: name an empty place to migrate to", side.name, what)};
}

/// That nobody keeps anything there.
Result<void> check_empty(const MigrationSide& side, const Storage& storage) {
  const Stores& stores = *storage.stores;
  MARQUEE_TRY(const auto objects, storage.objects->list(""));
  if (!objects.empty()) return not_empty(side, "objects");
  MARQUEE_TRY(const FoldedTotals folded, stores.profiles.totals());
  if (!folded.cursor.partitions().empty() || folded.totals != FoldTotals()) {
    return not_empty(side, "folded events");
  }
  MARQUEE_TRY(const std::string dataset, stores.catalog.dataset());
  MARQUEE_TRY(const auto films, stores.catalog.load());
  if (!dataset.empty() || !films.empty()) return not_empty(side, "a catalogue");
  MARQUEE_TRY(const auto models, stores.models.list());
  if (!models.empty()) return not_empty(side, "models");
  MARQUEE_TRY(const auto lists, stores.recommendations.lists(std::nullopt, 1));
  if (!lists.empty()) return not_empty(side, "shown lists");
  MARQUEE_TRY(const RunPage runs, stores.runs.list(std::nullopt, std::nullopt, 1));
  if (!runs.runs.empty()) return not_empty(side, "runs");
  MARQUEE_TRY(const auto keys, stores.keys.list());
  if (!keys.empty()) return not_empty(side, "API keys");
  MARQUEE_TRY(const auto audited, stores.audit.list(std::nullopt, 1));
  if (!audited.entries.empty()) return not_empty(side, "an audit log");
  const bool has_events = storage.topic == nullptr && !storage.log->end().partitions().empty();
  return has_events ? not_empty(side, "events") : Result<void>();
}

/// The state goes on where the topic does: what came through it before is archived, and no event
/// may stand in it that is not.
Result<void> check_topic(const MigrationSide& side, const Storage& storage, const Cursor& at) {
  if (storage.topic == nullptr) return {};
  const Cursor end = storage.topic->end();
  for (const std::int32_t partition : storage.topic->partitions()) {
    if (end.next(partition) == at.next(partition)) continue;
    return Error{
        ErrorCode::kFailedPrecondition,
        fmt::format("{}: its topic ends at {}, the events to migrate at {}: name a new "
                    "topic, or for events that came through Kafka before the one they came "
                    "through",
                    side.name, Offset{partition, end.next(partition)}.to_string(),
                    Offset{partition, at.next(partition)}.to_string())};
  }
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? embedded::file_error(error.value(), "removing", path) : Result<void>();
}

/// What an earlier try left in files here; in services its rows are replaced.
Result<void> remove_files(const DataPaths& paths) {
  if (!paths.events.empty()) MARQUEE_CHECK(remove_tree(paths.events));
  if (paths.database.empty()) return {};
  for (const char* suffix : {"", "-wal", "-shm"}) {
    MARQUEE_CHECK(remove_tree(paths.database.string() + suffix));
  }
  return {};
}

Result<void> check_source(const MigrationSide& side, const std::string& marked,
                          const std::string& source) {
  if (marked == source) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("a migration from {} into {} was interrupted: run that again, or name "
                           "another place",
                           marked, side.name)};
}

}  // namespace

Result<MigrationTarget> MigrationTarget::open(const MigrationSide& side, const std::string& source,
                                              const Cursor& at) {
  MARQUEE_TRY(const DataPaths paths, data_paths(side.settings));
  MARQUEE_TRY(const auto interrupted, MigrationMark::source(paths.directory));
  if (interrupted) {
    MARQUEE_CHECK(check_source(side, *interrupted, source));
    MARQUEE_TRY(const auto lock, embedded::DirectoryLock::acquire(paths.directory));
    MARQUEE_CHECK(remove_files(paths));
  }
  MARQUEE_TRY(auto storage, Storage::open_owner(side.settings, Storage::Unfinished::kMigration));
  if (!interrupted) MARQUEE_CHECK(check_empty(side, *storage));
  MARQUEE_CHECK(check_topic(side, *storage, at));
  MARQUEE_TRY(auto mark, MigrationMark::set(paths.directory, *storage->objects, source));
  if (!paths.events.empty()) {
    storage.reset();
    MARQUEE_CHECK(remove_tree(paths.events));
    MARQUEE_CHECK(embedded::begin_log_at(embedded::posix_disk(), paths.events.string(),
                                         at.next(Offset::kEmbedded), SystemClock().wall_ms()));
    MARQUEE_TRY(storage, Storage::open_owner(side.settings, Storage::Unfinished::kMigration));
  }
  return MigrationTarget{std::move(mark), std::move(storage)};
}

}  // namespace marquee::app
