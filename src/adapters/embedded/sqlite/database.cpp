#include "adapters/embedded/sqlite/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/posix_file.h"
#include "adapters/embedded/sqlite/error.h"
#include "adapters/embedded/sqlite/unclean_end.h"

namespace marquee::embedded {
namespace {

Result<std::string> read_text(SqliteConnection& connection, const char* sql) {
  MARQUEE_TRY(auto query, connection.prepare(sql));
  MARQUEE_TRY(const bool row, query.step());
  std::string text = row ? query.string(0) : std::string();
  // What a statement changes is committed when it ends: only then does it tell of a failure.
  if (row) MARQUEE_CHECK(query.run());
  return text;
}

std::string directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path().string() : ".";
}

int note_wal_pages(void* target, sqlite3*, const char*, int pages) {
  *static_cast<std::int32_t*>(target) = pages;
  return SQLITE_OK;
}

}  // namespace

SqliteDatabase::SqliteDatabase(std::filesystem::path path, Options options)
    : path_(std::move(path)), options_(std::move(options)) {}

SqliteDatabase::~SqliteDatabase() = default;

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& path,
                                                             Mode mode) {
  return open(path, mode, Options{});
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& path,
                                                             Mode mode, const Options& options) {
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path, options));
  if (mode == Mode::kReadWrite) MARQUEE_CHECK(database->open_writer());
  std::error_code ignored;
  if (mode == Mode::kReadOnly && options.vfs.empty() && !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no database {}; run 'marquee import' or 'marquee serve'",
                             path.string())};
  }
  MARQUEE_CHECK(database->read(
      [&](SqliteConnection& reader) { return check_schema(reader, options.schema); }));
  return database;
}

Result<void> SqliteDatabase::open_writer() {
  Disk& disk = options_.disk != nullptr ? *options_.disk : posix_disk();
  MARQUEE_CHECK(settle_unclean_end(disk, path_.string()));
  MARQUEE_TRY(writer_, SqliteConnection::open(path_, {.read_only = false,
                                                      .cache_kib = options_.writer_cache_kib,
                                                      .vfs = options_.vfs}));
  copy_back_on_close(false);
  MARQUEE_TRY(const auto journal, read_text(*writer_, "PRAGMA journal_mode=WAL"));
  if (journal != "wal") {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} is on a file system without shared memory; use a local disk",
                             path_.string())};
  }
  // After a checkpoint the WAL is used again from its start; what is above this is given back.
  MARQUEE_CHECK(writer_->execute("PRAGMA journal_size_limit=67108864; PRAGMA synchronous=FULL"));
  sync_ = Sync::kFull;
  MARQUEE_CHECK(migrate(*writer_, options_.schema));
  // SQLite syncs the names of its files too, but takes no notice when that fails.
  MARQUEE_CHECK(disk.sync_directory(directory_of(path_)));
  copy_back_on_close(true);
  sqlite3_wal_hook(writer_->handle(), &note_wal_pages, &wal_pages_);
  return {};
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::open_reader() const {
  return SqliteConnection::open(path_, {.read_only = true, .vfs = options_.vfs});
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::borrow() const {
  {
    std::unique_lock lock(readers_mutex_);
    reader_free_.wait(lock,
                      [this] { return !idle_readers_.empty() || readers_ < options_.readers_max; });
    if (!idle_readers_.empty()) {
      auto reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
    ++readers_;
  }
  auto reader = open_reader();
  if (!reader.ok()) drop_reader();
  return reader;
}

Result<void> SqliteDatabase::begin(SqliteConnection& reader) {
  MARQUEE_TRY(auto query, reader.prepare("BEGIN"));
  return query.run();
}

void SqliteDatabase::give_back(std::unique_ptr<SqliteConnection> reader) const {
  auto query = reader->prepare("COMMIT");
  const bool usable = query.ok() && query->run().ok();
  if (!usable) return drop_reader();
  {
    const std::lock_guard lock(readers_mutex_);
    idle_readers_.push_back(std::move(reader));
  }
  reader_free_.notify_one();
}

void SqliteDatabase::drop_reader() const {
  {
    const std::lock_guard lock(readers_mutex_);
    --readers_;
  }
  reader_free_.notify_one();
}

Result<void> SqliteDatabase::begin_write(Sync sync) {
  if (!writer_) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} is open for reading only; go through the server that owns it",
                             path_.string())};
  }
  if (broken_) return *broken_;
  if (sync_ != sync) {
    MARQUEE_CHECK(writer_->execute(sync == Sync::kFull ? "PRAGMA synchronous=FULL"
                                                       : "PRAGMA synchronous=NORMAL"));
    sync_ = sync;
  }
  MARQUEE_TRY(auto query, writer_->prepare("BEGIN IMMEDIATE"));
  return query.run();
}

Result<void> SqliteDatabase::commit() {
  MARQUEE_TRY(auto query, writer_->prepare("COMMIT"));
  if (auto outcome = query.run(); !outcome.ok()) {
    note_failure(outcome.error());
    query.rewind();
    roll_back();
    return std::move(outcome).error();
  }
  checkpoint_if_due();
  return {};
}

void SqliteDatabase::roll_back() {
  if (sqlite3_get_autocommit(writer_->handle()) != 0) return;  // SQLite rolled back by itself
  if (auto outcome = writer_->execute("ROLLBACK"); !outcome.ok()) stop_writing(outcome.error());
}

void SqliteDatabase::note_failure(const Error& error) {
  // After a failed write or flush the kernel may call lost pages clean: a repeat would lie.
  if (!is_failed_write(writer_->handle())) return;
  stop_writing({ErrorCode::kUnavailable, error.message + "; restart to see what was stored"});
}

void SqliteDatabase::stop_writing(Error error) {
  broken_ = std::move(error);
  copy_back_on_close(false);
}

/// Without it closing leaves everything as it is, so that the next start sees an unclean end.
void SqliteDatabase::copy_back_on_close(bool wanted) {
  sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

void SqliteDatabase::checkpoint_if_due() {
  if (wal_pages_ < checkpointed_pages_) checkpointed_pages_ = 0;  // the WAL started anew
  if (wal_pages_ < checkpointed_pages_ + options_.checkpoint_pages) return;
  checkpointed_pages_ = wal_pages_;
  // PASSIVE copies what no reader needs and waits for nobody; the commit stands in any case.
  if (sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                nullptr) != SQLITE_OK) {
    note_failure(sqlite_error(writer_->handle(), "copying the WAL back"));
  }
}

Result<void> SqliteDatabase::checkpoint() {
  const std::lock_guard lock(write_mutex_);
  if (!writer_ || broken_) return health_locked();
  if (sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                nullptr) == SQLITE_OK) {
    return {};
  }
  Error error = sqlite_error(writer_->handle(), "copying the WAL back");
  note_failure(error);
  return error;
}

Result<void> SqliteDatabase::copy_to(const std::filesystem::path& target) const {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(target, error))) {
    return Error{ErrorCode::kConflict, fmt::format("{} exists already", target.string())};
  }
  // A connection of its own: VACUUM cannot run inside the transaction that read() begins.
  MARQUEE_TRY(const auto reader, open_reader());
  const auto copied = [&]() -> Result<void> {
    MARQUEE_TRY(auto query, reader->prepare("VACUUM INTO ?"));
    MARQUEE_CHECK(query.bind(std::string_view(target.native())).run());
    // Whether VACUUM INTO flushes depends on SQLite's version, and its files are for all to read.
    MARQUEE_TRY(const auto file, posix_disk().open(target.string(), Disk::Open::kReadWrite));
    MARQUEE_CHECK(file->sync());
    std::filesystem::permissions(target, std::filesystem::perms(0640), error);
    if (error) return file_error(error.value(), "changing the mode of", target);
    return {};
  }();
  if (copied.ok()) return {};
  std::filesystem::remove(target, error);
  return copied.error().with_context(fmt::format("writing {}", target.string()));
}

Result<void> SqliteDatabase::check_integrity() const {
  return read([this](SqliteConnection& reader) -> Result<void> {
    MARQUEE_TRY(const auto finding, read_text(reader, "PRAGMA integrity_check(1)"));
    if (finding == "ok") return {};
    return Error{ErrorCode::kDataLoss,
                 fmt::format("{} is damaged ({}): restore it from a backup, or, if only folded "
                             "state is hit, run 'marquee rebuild'",
                             path_.string(), finding)};
  });
}

Result<void> SqliteDatabase::health() const {
  const std::lock_guard lock(write_mutex_);
  return health_locked();
}

Result<void> SqliteDatabase::health_locked() const {
  if (broken_) return *broken_;
  return {};
}

}  // namespace marquee::embedded
