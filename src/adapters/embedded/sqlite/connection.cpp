#include "adapters/embedded/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/error.h"

namespace marquee::embedded {

SqliteQuery::~SqliteQuery() {
  if (statement_ != nullptr) rewind();
}

SqliteQuery& SqliteQuery::note(int code) {
  if (failed_ == SQLITE_OK) failed_ = code;
  return *this;
}

SqliteQuery& SqliteQuery::bind(std::int64_t number) {
  return note(sqlite3_bind_int64(statement_, ++bound_, number));
}

SqliteQuery& SqliteQuery::bind(double number) {
  return note(sqlite3_bind_double(statement_, ++bound_, number));
}

SqliteQuery& SqliteQuery::bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  return note(sqlite3_bind_text64(statement_, ++bound_, data, text.size(),
                                  SQLITE_TRANSIENT,  // NOLINT: SQLite's own macro
                                  SQLITE_UTF8));
}

SqliteQuery& SqliteQuery::bind_blob(std::span<const std::byte> bytes) {
  if (bytes.empty()) return note(sqlite3_bind_zeroblob(statement_, ++bound_, 0));
  return note(sqlite3_bind_blob64(statement_, ++bound_, bytes.data(), bytes.size(),
                                  SQLITE_TRANSIENT));  // NOLINT: SQLite's own macro
}

SqliteQuery& SqliteQuery::bind_null() { return note(sqlite3_bind_null(statement_, ++bound_)); }

Result<bool> SqliteQuery::step() {
  if (failed_ == SQLITE_OK) {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
  }
  return sqlite_error(db_, "running a statement");
}

Result<void> SqliteQuery::run() {
  for (;;) {
    MARQUEE_TRY(const bool row, step());
    if (!row) break;
  }
  rewind();
  return {};
}

void SqliteQuery::rewind() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
  failed_ = SQLITE_OK;
}

bool SqliteQuery::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteQuery::i64(int column) const { return sqlite3_column_int64(statement_, column); }

double SqliteQuery::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view SqliteQuery::text(int column) const {
  const auto* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> SqliteQuery::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void SqliteConnection::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& path,
                                                                 const Options& options) {
  sqlite3* db = nullptr;
  const int mode =
      options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  // No mutex of its own: a connection serves one thread at a time.
  const int code =
      sqlite3_open_v2(path.c_str(), &db, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (db == nullptr) return Error{ErrorCode::kUnavailable, "out of memory opening SQLite"};
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db));
  if (code != SQLITE_OK) {
    return sqlite_error(db, fmt::format("opening the database {}", path.string()));
  }
  MARQUEE_CHECK(connection->configure(options));
  return connection;
}

Result<void> SqliteConnection::configure(const Options& options) {
  sqlite3_busy_timeout(db_, 5'000);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // Only the writing connection may checkpoint (SQLite's WAL-reset bug, before 3.51.3): a reader
  // that closes last must not either.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, options.read_only ? 1 : 0, nullptr);
  const std::string pragmas = fmt::format(
      "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-{}; PRAGMA temp_store=MEMORY;"
      "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;",
      options.cache_kib);
  return execute(pragmas.c_str());
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  sqlite3_close_v2(db_);
}

Result<SqliteQuery> SqliteConnection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    return SqliteQuery(db_, found->second.get());
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement, nullptr) != SQLITE_OK) {
    return sqlite_error(db_, "preparing a statement");
  }
  statements_.emplace(sql, std::unique_ptr<sqlite3_stmt, Finalizer>(statement));
  return SqliteQuery(db_, statement);
}

Result<void> SqliteConnection::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return sqlite_error(db_, "running a statement");
}

std::int64_t SqliteConnection::changes() const { return sqlite3_changes64(db_); }

}  // namespace marquee::embedded
