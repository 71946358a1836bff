#include "app/storage/storage.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/event_log/segment_log_reader.h"
#include "adapters/embedded/files/directory_object_store.h"
#include "adapters/embedded/files/unfinished_directory.h"
#include "adapters/embedded/sqlite/stores.h"
#include "adapters/postgres/session_lock.h"
#include "adapters/postgres/stores.h"
#include "adapters/postgres/vector_search.h"
#include "adapters/s3/s3_object_store.h"
#include "adapters/s3/s3_watch.h"
#include "app/storage/continued_log.h"
#include "app/storage/import_mark.h"
#include "app/storage/log_origin.h"
#include "app/storage/migration_mark.h"
#include "batch/archived_log.h"
#include "formats/backup_manifest.h"

namespace marquee::app {
namespace {

using embedded::SqliteDatabase;
using postgres::PostgresDatabase;

class SqliteBacked final : public Stores {
 public:
  explicit SqliteBacked(std::unique_ptr<embedded::SqliteStores> all)
      : Stores(*all), all_(std::move(all)) {}
  Result<void> health() const override { return all_->database->health(); }

 private:
  const std::unique_ptr<embedded::SqliteStores> all_;
};

struct SessionLock final : HeldLock {
  explicit SessionLock(postgres::PostgresSessionLock taken) : lock(std::move(taken)) {}
  postgres::PostgresSessionLock lock;
};

class PostgresBacked final : public Stores {
 public:
  explicit PostgresBacked(std::unique_ptr<postgres::PostgresStores> all)
      : Stores(*all), all_(std::move(all)) {
    claims = &all_->profiles;
    changes = &all_->profiles;
    live_feed = &all_->live_feed;
    factors = &all_->factors;
  }
  void search_vectors(MovieTable& movies, const postgres::PgVectorSearch::Options& options) {
    open_search = [this, &movies, options](
                      const ModelVersion& generation) -> Result<std::unique_ptr<VectorSearch>> {
      MARQUEE_TRY(auto search,
                  postgres::PgVectorSearch::open(*all_->database, movies, generation, options));
      return std::unique_ptr<VectorSearch>(std::move(search));
    };
  }
  Result<void> health() const override { return all_->database->health(); }
  void report_to(telemetry::Metrics& metrics) override { all_->database->report_to(metrics); }
  Result<std::unique_ptr<HeldLock>> lock_artifacts() override {
    MARQUEE_TRY(auto lock,
                postgres::PostgresSessionLock::try_acquire(all_->database->options(), "runs"));
    if (lock) return std::unique_ptr<HeldLock>(std::make_unique<SessionLock>(*std::move(lock)));
    return Error{ErrorCode::kUnavailable,
                 "another batch command works on this installation: try again when it has ended"};
  }

 private:
  const std::unique_ptr<postgres::PostgresStores> all_;
};

Result<void> open_postgres(Storage& storage, const Settings& settings,
                           PostgresDatabase::Mode mode) {
  MARQUEE_TRY(const auto options, postgres::PostgresOptions::parse(settings.state));
  MARQUEE_TRY(auto stores,
              postgres::PostgresStores::open(options, storage.movies, mode, storage.clock));
  auto backed = std::make_unique<PostgresBacked>(std::move(stores));
  if (settings.retrieval_search == kPgvectorSearch) {
    postgres::PgVectorSearch::Options search;
    search.ef_search = static_cast<int>(settings.retrieval_ef_search);
    backed->search_vectors(storage.movies, search);
  }
  storage.stores = std::move(backed);
  return {};
}

Result<void> open_sqlite(Storage& storage, SqliteDatabase::Mode mode, Storage::FoldedState state) {
  SqliteDatabase::Options options;
  options.verify_pages = state == Storage::FoldedState::kNeeded;
  MARQUEE_TRY(auto stores,
              embedded::SqliteStores::open(storage.paths.database, storage.movies, mode, options));
  storage.database = stores->database.get();
  storage.stores = std::make_unique<SqliteBacked>(std::move(stores));
  return {};
}

Result<void> open_objects(Storage& storage, const Settings& settings) {
  if (!storage.paths.objects.empty()) {
    MARQUEE_TRY(storage.objects, embedded::DirectoryObjectStore::open(storage.paths.objects));
    return {};
  }
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(settings.objects));
  MARQUEE_TRY(auto address, s3::S3Address::from(uri));
  MARQUEE_TRY(auto bucket,
              s3::S3ObjectStore::open(std::move(address), std::nullopt, storage.clock, {}));
  storage.objects_health = [s3 = bucket.get()] { return s3->health(); };
  storage.report_objects_to = [s3 = bucket.get()](telemetry::Metrics& to) { s3->report_to(to); };
  storage.objects = std::move(bucket);
  return {};
}

Result<void> open_stores(Storage& storage, const Settings& settings, SqliteDatabase::Mode mode,
                         Storage::FoldedState state) {
  if (storage.paths.database.empty()) {
    const bool writes = mode == SqliteDatabase::Mode::kReadWrite;
    MARQUEE_CHECK(
        open_postgres(storage, settings,
                      writes ? PostgresDatabase::Mode::kMigrate : PostgresDatabase::Mode::kUse));
  } else {
    return open_sqlite(storage, mode, state);
  }
  return {};
}

/// How far the log is folded, and what it continues. Without the lakehouse the folded state says
/// that as well.
Result<void> find_place(Storage& storage, Storage::FoldedState state) {
  FoldedTotals folded;
  if (state == Storage::FoldedState::kNeeded) {  // else its cursor says nothing
    MARQUEE_TRY(folded, storage.stores->profiles.totals());
  }
  storage.folded_end = folded.cursor.next(Offset::kEmbedded);
  const auto moves = batch::load_log_moves(*storage.objects);
  if (!moves.ok() && moves.error().code == ErrorCode::kDataLoss) return moves.error();
  storage.moved = moves.ok() ? moves->last() : folded.cursor;
  return {};
}

void continue_moved_log(Storage& storage) {
  if (storage.moved.partitions().empty()) return;
  storage.log = std::make_unique<ContinuedLog>(std::move(storage.log), storage.moved);
}

/// With the identity of the log it was folded from compared, unless nothing was folded yet or the
/// state is about to be.
Result<void> open_topic(Storage& storage, const Settings& settings, Storage::FoldedState state) {
  MARQUEE_TRY(auto options, kafka::KafkaOptions::parse(settings.events));
  options.queue_events = static_cast<std::size_t>(settings.log_queue_events_max);
  if (state == Storage::FoldedState::kNeeded) {
    MARQUEE_TRY(const FoldedTotals folded, storage.stores->profiles.totals());
    if (!folded.cursor.partitions().empty()) {
      MARQUEE_TRY(options.expected, storage.stores->origin.origin());
    }
  }
  MARQUEE_TRY(auto topic, kafka::KafkaEventLog::open(options, storage.clock));
  storage.topic = topic.get();
  storage.log = std::move(topic);
  return {};
}

/// For who may fold: that the topic has what was folded, and that it is known from now on.
Result<void> check_topic(Storage& storage) {
  MARQUEE_CHECK(storage.check_log());
  MARQUEE_TRY(const auto known, storage.stores->origin.origin());
  return known == storage.topic->identity() ? Result<void>() : storage.note_origin();
}

Result<void> open_segments(Storage& storage, const Settings& settings) {
  embedded::SegmentLog::Options options;
  options.queue_events_max = static_cast<std::size_t>(settings.log_queue_events_max);
  options.writer.directory = storage.paths.events;
  options.writer.verify_from = storage.folded_end;
  options.writer.continues = !storage.moved.partitions().empty();
  options.writer.folded_end = [folded = &storage.folded_end] { return folded->load(); };
  MARQUEE_TRY(auto log, embedded::SegmentLog::open(options, &storage.stores->known, storage.clock));
  storage.owned_log = log.get();
  storage.log = std::move(log);
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

Result<std::unique_ptr<Storage>> Storage::open_owner(const Settings& settings, Unfinished allowed,
                                                     FoldedState state) {
  auto storage = std::make_unique<Storage>();
  MARQUEE_TRY(storage->paths, data_paths(settings));
  const std::filesystem::path& directory = storage->paths.directory;
  MARQUEE_CHECK(prepare_directory(directory));
  MARQUEE_CHECK(check_no_backup(directory));
  MARQUEE_TRY(storage->lock, embedded::DirectoryLock::acquire(directory));
  MARQUEE_CHECK(embedded::check_finished(directory));
  if (allowed != Unfinished::kImport) MARQUEE_CHECK(check_no_import(directory));
  if (allowed != Unfinished::kMigration) MARQUEE_CHECK(check_no_migration(directory));
  MARQUEE_CHECK(open_stores(*storage, settings, SqliteDatabase::Mode::kReadWrite, state));
  MARQUEE_CHECK(open_objects(*storage, settings));
  if (allowed != Unfinished::kMigration) {
    MARQUEE_CHECK(check_no_migration(directory, *storage->objects));
  }
  MARQUEE_CHECK(find_place(*storage, state));
  if (storage->paths.events.empty()) {
    MARQUEE_CHECK(open_topic(*storage, settings, state));
  } else {
    MARQUEE_CHECK(open_segments(*storage, settings));
  }
  continue_moved_log(*storage);
  const bool compared = storage->topic != nullptr && state == FoldedState::kNeeded;
  if (compared) MARQUEE_CHECK(check_topic(*storage));
  return storage;
}

Result<std::unique_ptr<Storage>> Storage::open_reader(const Settings& settings) {
  auto storage = std::make_unique<Storage>();
  MARQUEE_TRY(storage->paths, data_paths(settings));
  const std::filesystem::path& directory = storage->paths.directory;
  MARQUEE_CHECK(embedded::check_finished(directory));
  MARQUEE_CHECK(check_no_import(directory));
  MARQUEE_CHECK(check_no_migration(directory));
  MARQUEE_CHECK(
      open_stores(*storage, settings, SqliteDatabase::Mode::kReadOnly, FoldedState::kNeeded));
  MARQUEE_CHECK(open_objects(*storage, settings));
  MARQUEE_CHECK(check_no_migration(directory, *storage->objects));
  MARQUEE_CHECK(find_place(*storage, FoldedState::kNeeded));
  if (storage->paths.events.empty()) {
    MARQUEE_CHECK(open_topic(*storage, settings, FoldedState::kNeeded));
  } else {
    MARQUEE_TRY(storage->log, embedded::SegmentLogReader::open(storage->paths.events));
  }
  continue_moved_log(*storage);
  return storage;
}

Result<void> Storage::check_log() const {
  if (topic == nullptr) return {};
  // The last events first: whoever folds meanwhile only adds behind them.
  MARQUEE_TRY(const auto last_applied, stores->origin.last_applied());
  MARQUEE_TRY(const FoldedTotals folded, stores->profiles.totals());
  return check_folded_from(*log, topic->name(), folded.cursor, last_applied);
}

Result<void> Storage::note_origin() {
  return topic == nullptr ? Result<void>() : stores->origin.set_origin(topic->identity());
}

Result<void> Storage::watch_objects(const Settings& settings) {
  if (!paths.objects.empty()) return {};
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(settings.objects));
  MARQUEE_TRY(auto address, s3::S3Address::from(uri));
  auto watch = std::make_shared<s3::S3Watch>(std::move(address), s3::S3Watch::Options{});
  objects_health = [watch, by_use = std::move(objects_health)]() -> Result<void> {
    MARQUEE_CHECK(watch->health());
    return by_use();
  };
  return {};
}

}  // namespace marquee::app
