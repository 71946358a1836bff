#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/sqlite/connection.h"
#include "adapters/embedded/sqlite/schema.h"
#include "base/result.h"

namespace marquee::embedded {

/// One SQLite file in WAL mode with exactly one writing connection, which alone checkpoints, and a
/// small pool of read-only ones. That is a rule, not a preference: before 3.51.3 SQLite can damage
/// the file when two connections write or checkpoint at once (sqlite.org/wal.html#walresetbug).
/// Thread-safe. Two processes must not open one file for writing: the directory's lock sees to it.
class SqliteDatabase {
 public:
  enum class Mode {
    kReadWrite,  ///< creates the file and migrates its schema
    kReadOnly,   ///< beside a live owner; changes nothing
  };
  /// What a commit outlives besides the process, which all do.
  enum class Sync {
    kNormal,  ///< power loss may take back the last commits, in order: for what can be rebuilt
    kFull,    ///< nothing: for truths; everything committed before is then safe too
  };
  struct Options {
    std::size_t readers_max = 4;
    std::int32_t checkpoint_pages = 4'096;  ///< of 4 KiB in the WAL, before they are copied back
    std::int32_t writer_cache_kib = 16'384;
    std::string vfs;       ///< name of a registered SQLite VFS (simulations); empty: the default
    Disk* disk = nullptr;  ///< that `vfs` is on; null: the machine's
    std::span<const Migration> schema = migrations();
  };

  /// Errors: kNotFound (read-only, no file), kDataLoss (not a database, damaged),
  /// kFailedPrecondition (newer or foreign schema), kResourceExhausted, kPermissionDenied.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::filesystem::path& path, Mode mode,
                                                      const Options& options);
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::filesystem::path& path, Mode mode);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  /// Runs body(SqliteConnection&) → Result<T> on one snapshot, which writers neither change nor
  /// wait for. Waits for a free reader. Keep it short: an open snapshot keeps the WAL growing.
  template <typename Body>
  std::invoke_result_t<Body, SqliteConnection&> read(Body&& body) const {
    MARQUEE_TRY(auto reader, borrow());
    auto begun = begin(*reader);
    if (!begun.ok()) {
      drop_reader();
      return std::move(begun).error();
    }
    auto outcome = std::forward<Body>(body)(*reader);
    give_back(std::move(reader));
    return outcome;
  }

  /// Runs body(SqliteConnection&) → Result<T> in one transaction, one at a time; an error rolls
  /// back. kFailedPrecondition when opened read-only; kUnavailable after the device failed a write
  /// or a flush, until the database is opened anew.
  template <typename Body>
  std::invoke_result_t<Body, SqliteConnection&> write(Sync sync, Body&& body) {
    const std::lock_guard lock(write_mutex_);
    MARQUEE_CHECK(begin_write(sync));
    auto outcome = std::forward<Body>(body)(*writer_);
    if (!outcome.ok()) {
      note_failure(outcome.error());
      roll_back();
      return outcome;
    }
    MARQUEE_CHECK(commit());
    return outcome;
  }

  /// Copies the whole WAL back and empties it, as far as readers allow.
  Result<void> checkpoint();
  /// Writes what is committed now, as one snapshot, to `target`, which must not exist; owners go on
  /// writing meanwhile. The copy is compact, holds nothing that was deleted, and is on stable
  /// storage when this returns. kConflict when `target` exists; kDataLoss when a page is damaged;
  /// whatever fails leaves no file.
  Result<void> copy_to(const std::filesystem::path& target) const;
  /// Reads every page and index; slow. kDataLoss with the first finding.
  Result<void> check_integrity() const;
  /// Ok while writes can succeed; else why not.
  Result<void> health() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  SqliteDatabase(std::filesystem::path path, Options options);

  Result<void> open_writer();
  Result<std::unique_ptr<SqliteConnection>> open_reader() const;
  Result<std::unique_ptr<SqliteConnection>> borrow() const;
  static Result<void> begin(SqliteConnection& reader);
  void give_back(std::unique_ptr<SqliteConnection> reader) const;
  void drop_reader() const;

  Result<void> begin_write(Sync sync);
  Result<void> commit();
  void roll_back();
  void note_failure(const Error& error);
  void stop_writing(Error error);
  void copy_back_on_close(bool wanted);
  void checkpoint_if_due();
  Result<void> health_locked() const;

  const std::filesystem::path path_;
  const Options options_;

  mutable std::mutex write_mutex_;
  std::unique_ptr<SqliteConnection> writer_;  ///< null when read-only
  std::optional<Sync> sync_;
  std::optional<Error> broken_;  ///< after a failed write nothing more is written
  std::int32_t wal_pages_ = 0;
  std::int32_t checkpointed_pages_ = 0;  ///< wal_pages_ at the last attempt

  mutable std::mutex readers_mutex_;  // the readers go before the writer, which checkpoints last
  mutable std::condition_variable reader_free_;
  mutable std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
  mutable std::size_t readers_ = 0;
};

}  // namespace marquee::embedded
