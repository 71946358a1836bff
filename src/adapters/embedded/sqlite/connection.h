#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace marquee::embedded {

/// A prepared statement on loan from its connection: bind in order, then run() or step() and read
/// columns by index. Reset and cleared when it goes. A failed bind shows at the next step.
/// Not thread-safe; must not outlive its connection. One loan of a statement at a time.
class SqliteQuery {
 public:
  SqliteQuery(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  SqliteQuery(SqliteQuery&& other) noexcept
      : db_(other.db_),
        statement_(std::exchange(other.statement_, nullptr)),
        bound_(other.bound_),
        failed_(other.failed_) {}
  SqliteQuery& operator=(SqliteQuery&&) = delete;
  ~SqliteQuery();

  SqliteQuery& bind(std::int64_t number);
  SqliteQuery& bind(double number);
  SqliteQuery& bind(std::string_view text);                  ///< copied
  SqliteQuery& bind_blob(std::span<const std::byte> bytes);  ///< copied
  SqliteQuery& bind_null();
  /// All 64 bits, as SQLite's signed number; u64() reads them back.
  SqliteQuery& bind_u64(std::uint64_t number) { return bind(static_cast<std::int64_t>(number)); }
  template <typename T>
  SqliteQuery& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }

  /// True when there is a row to read, false at the end.
  Result<bool> step();
  /// Steps to the end; for statements that return no rows.
  Result<void> run();
  /// Ready to be bound and run again.
  void rewind();

  bool is_null(int column) const;
  std::int64_t i64(int column) const;
  std::uint64_t u64(int column) const { return static_cast<std::uint64_t>(i64(column)); }
  double real(int column) const;
  std::string_view text(int column) const;            ///< valid until the next step
  std::span<const std::byte> blob(int column) const;  ///< valid until the next step
  std::string string(int column) const { return std::string(text(column)); }

 private:
  SqliteQuery& note(int code);

  sqlite3* db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
  int failed_ = 0;
};

/// One SQLite connection and its statements, each compiled once. Not thread-safe.
class SqliteConnection {
 public:
  struct Options {
    bool read_only = false;
    std::int32_t cache_kib = 2'048;
    std::string vfs;  ///< name of a registered VFS (simulations); empty: the default
  };

  static Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path& path,
                                                        const Options& options);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// `sql` must be a literal of ours; values go in by bind() only.
  Result<SqliteQuery> prepare(std::string_view sql);
  /// Runs statements without parameters or rows.
  Result<void> execute(const char* sql);
  /// Rows that the last statement changed.
  std::int64_t changes() const;
  sqlite3* handle() const { return db_; }

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };

  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  Result<void> configure(const Options& options);

  sqlite3* db_;
  std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalizer>> statements_;
};

}  // namespace marquee::embedded
