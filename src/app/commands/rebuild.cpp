#include "speed/rebuild.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/embedded/sqlite/profile_store.h"
#include "app/commands/commands.h"
#include "app/local_audit.h"
#include "app/progress.h"
#include "app/storage/storage.h"
#include "app/storage/whole_log.h"
#include "batch/archived_log.h"
#include "batch/import_history.h"

namespace marquee::app::commands {
namespace {

/// A SQLite file of our own beside the live one, gone when this is.
class ScratchDatabase {
 public:
  explicit ScratchDatabase(const std::filesystem::path& directory)
      : path_(directory / fmt::format("rebuild-{}.db", ::getpid())) {
    remove();
  }
  ~ScratchDatabase() { remove(); }
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + suffix, ignored);
    }
  }
  std::filesystem::path path_;
};

/// Compares the stored state with one folded from zero up to the same cursor. Reads only, so a
/// server may run and go on folding.
Result<void> verify(const Settings& settings) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  Progress progress;
  progress.step("rebuild");
  MARQUEE_TRY(const auto stored, speed::hash_state(storage->stores->profiles, storage->movies));
  MARQUEE_TRY(const auto history, batch::read_history(*storage->objects));

  const ScratchDatabase scratch(storage->paths.directory);
  MovieTable movies;
  MARQUEE_TRY(const auto database, embedded::SqliteDatabase::open(
                                       scratch.path(), embedded::SqliteDatabase::Mode::kReadWrite));
  embedded::SqliteProfileStore folded(*database, movies);
  MARQUEE_TRY(const auto log, whole_log(*storage));
  MARQUEE_TRY(const FoldTotals totals,
              speed::fold_from_zero(history, log.get(), stored.at.cursor, folded, movies));
  MARQUEE_TRY(const auto rebuilt, speed::hash_state(folded, movies));
  if (rebuilt.hex != stored.hex || !(totals == stored.at.totals)) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("the stored state {} differs from archive and log folded from zero "
                             "{}: stop the server and run marquee rebuild",
                             stored.hex, rebuilt.hex)};
  }
  progress.done(fmt::format("{} events of history and {} of the log", totals.history,
                            totals.applied + totals.deduplicated + totals.dead_lettered));
  fmt::print("state verified: {}\n", stored.hex);
  return {};
}

/// kDataLoss when the archive is of another topic: under the same offsets it has other events.
Result<void> check_archive(const Storage& storage) {
  if (storage.check_log().ok()) return {};
  MARQUEE_TRY(const auto archived, batch::load_archive_index(*storage.objects));
  if (archived.files.empty()) return {};
  return Error{
      ErrorCode::kDataLoss,
      "the archive holds events of the topic that the state was folded from, under offsets "
      "that the topic of now has for others: give the new topic a new folder of objects (the "
      "setting objects), and run marquee rebuild again"};
}

Result<void> replace_state(Storage& storage, Storage::FoldedState state) {
  Progress progress;
  progress.step("rebuild");
  MARQUEE_TRY(const auto history, batch::read_history(*storage.objects));
  MARQUEE_TRY(const auto log, whole_log(storage));
  MARQUEE_CHECK(check_archive(storage));
  MARQUEE_CHECK(storage.stores->profiles.reset());
  MARQUEE_CHECK(storage.note_origin());
  MARQUEE_TRY(const FoldTotals totals,
              speed::fold_from_zero(history, log.get(), std::nullopt, storage.stores->profiles,
                                    storage.movies));
  if (state == Storage::FoldedState::kToBeReplaced && storage.database != nullptr) {
    // A damaged page into which nothing was folded still lies there.
    MARQUEE_CHECK(storage.database->rewrite());
  }
  MARQUEE_TRY(const auto hash, speed::hash_state(storage.stores->profiles, storage.movies));
  progress.done(fmt::format("{} events of history and {} of the log", totals.history,
                            totals.applied + totals.deduplicated + totals.dead_lettered));
  fmt::print("state rebuilt: {}\n", hash.hex);
  return {};
}

Result<void> replace(const Settings& settings, Storage::FoldedState state) {
  MARQUEE_TRY(const auto storage, Storage::open_owner(settings, Storage::Unfinished::kNone, state));
  LocalAudit audit(storage->stores->audit, storage->clock, "rebuild", "state");
  return audit.around([&] { return replace_state(*storage, state); });
}

/// Ok when the database is damaged, and nowhere but in what is folded again; or when it is of
/// another topic.
Result<void> check_only_folded_state_is_hit(const Settings& settings) {
  MARQUEE_TRY(const DataPaths paths, data_paths(settings));
  if (paths.is_shared()) return {};
  MARQUEE_CHECK(check_local(paths.database, "state"));
  MARQUEE_TRY(const auto database, embedded::SqliteDatabase::open(
                                       paths.database, embedded::SqliteDatabase::Mode::kReadOnly));
  MARQUEE_TRY(const auto damage, database->find_damage());
  if (damage ? damage->folded_only() : paths.events.empty()) return {};
  return Error{ErrorCode::kDataLoss,
               damage ? embedded::damage_error(paths.database.string(), *damage).message
                      : "the database is whole"};
}

Result<void> replace(const Settings& settings) {
  auto replaced = replace(settings, Storage::FoldedState::kNeeded);
  if (replaced.ok() || replaced.error().code != ErrorCode::kDataLoss) return replaced;
  // Damaged pages are read as they are only when nothing can come of it: a truth would be written
  // back with whatever a flipped bit made of it, and a good checksum.
  if (!check_only_folded_state_is_hit(settings).ok()) return replaced;
  return replace(settings, Storage::FoldedState::kToBeReplaced);
}

}  // namespace

Result<void> rebuild(const LoadedSettings& loaded, bool verify_only) {
  return verify_only ? verify(loaded.settings) : replace(loaded.settings);
}

}  // namespace marquee::app::commands
