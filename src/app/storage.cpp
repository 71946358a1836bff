#include "app/storage.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/event_log/segment_log_reader.h"
#include "adapters/embedded/files/directory_object_store.h"
#include "adapters/embedded/files/unfinished_directory.h"
#include "adapters/embedded/sqlite/stores.h"
#include "app/import_mark.h"
#include "formats/backup_manifest.h"

namespace marquee::app {
namespace {

using embedded::SqliteDatabase;

class SqliteBacked final : public Stores {
 public:
  explicit SqliteBacked(std::unique_ptr<embedded::SqliteStores> all)
      : Stores(*all), all_(std::move(all)) {}
  Result<void> health() const override { return all_->database->health(); }

 private:
  const std::unique_ptr<embedded::SqliteStores> all_;
};

Result<void> open_stores(Storage& storage, SqliteDatabase::Mode mode, Storage::FoldedState state) {
  SqliteDatabase::Options options;
  options.verify_pages = state == Storage::FoldedState::kNeeded;
  MARQUEE_TRY(auto stores,
              embedded::SqliteStores::open(storage.paths.database, storage.movies, mode, options));
  storage.database = stores->database.get();
  storage.stores = std::make_unique<SqliteBacked>(std::move(stores));
  MARQUEE_TRY(storage.objects, embedded::DirectoryObjectStore::open(storage.paths.objects));
  if (state == Storage::FoldedState::kToBeReplaced) return {};  // its cursor says nothing
  MARQUEE_TRY(const FoldedTotals folded, storage.stores->profiles.totals());
  storage.folded_end = folded.cursor.next(Offset::kEmbedded);
  return {};
}

/// Whoever writes to a backup makes it differ from its checksums.
Result<void> check_no_backup(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory / formats::BackupManifest::kName, ignored)) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} is a backup: run marquee restore {} --data with a new directory",
                           directory.string(), directory.string())};
}

}  // namespace

Result<std::unique_ptr<Storage>> Storage::open_owner(const Settings& settings,
                                                     UnfinishedImport unfinished,
                                                     FoldedState state) {
  auto storage = std::make_unique<Storage>();
  MARQUEE_TRY(storage->paths, data_paths(settings));
  MARQUEE_CHECK(prepare_directory(storage->paths.directory));
  MARQUEE_CHECK(check_no_backup(storage->paths.directory));
  MARQUEE_TRY(storage->lock, embedded::DirectoryLock::acquire(storage->paths.directory));
  MARQUEE_CHECK(embedded::check_finished(storage->paths.directory));
  if (unfinished == UnfinishedImport::kRefused) {
    MARQUEE_CHECK(check_no_import(storage->paths.directory));
  }
  MARQUEE_CHECK(open_stores(*storage, SqliteDatabase::Mode::kReadWrite, state));
  embedded::SegmentLog::Options options;
  options.queue_events_max = static_cast<std::size_t>(settings.log_queue_events_max);
  options.writer.directory = storage->paths.events;
  options.writer.verify_from = storage->folded_end;
  options.writer.folded_end = [folded = &storage->folded_end] { return folded->load(); };
  MARQUEE_TRY(auto log,
              embedded::SegmentLog::open(options, &storage->stores->known, storage->clock));
  storage->owned_log = log.get();
  storage->log = std::move(log);
  return storage;
}

Result<std::unique_ptr<Storage>> Storage::open_reader(const Settings& settings) {
  auto storage = std::make_unique<Storage>();
  MARQUEE_TRY(storage->paths, data_paths(settings));
  MARQUEE_CHECK(embedded::check_finished(storage->paths.directory));
  MARQUEE_CHECK(check_no_import(storage->paths.directory));
  MARQUEE_CHECK(open_stores(*storage, SqliteDatabase::Mode::kReadOnly, FoldedState::kNeeded));
  MARQUEE_TRY(storage->log, embedded::SegmentLogReader::open(storage->paths.events));
  return storage;
}

}  // namespace marquee::app
