#include "adapters/embedded/sqlite/schema.h"

#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

namespace marquee::embedded {
namespace {

constexpr std::int64_t kApplicationId = 0x4D525145;  // "MRQE", at byte 68 of the file

Result<std::int64_t> read_number(SqliteConnection& connection, const char* sql) {
  MARQUEE_TRY(auto query, connection.prepare(sql));
  MARQUEE_TRY(const bool row, query.step());
  return row ? query.i64(0) : 0;
}

std::string file_of(SqliteConnection& connection) {
  return sqlite3_db_filename(connection.handle(), "main");
}

Error newer_schema(SqliteConnection& connection, std::int64_t found, int known) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} has schema version {}, this program knows {}: run the newer program "
                           "that wrote it",
                           file_of(connection), found, known)};
}

Result<void> record(SqliteConnection& connection, const Migration& step) {
  MARQUEE_TRY(auto query, connection.prepare("INSERT INTO schema_migrations(version, name) "
                                             "VALUES(?, ?)"));
  return query.bind(std::int64_t{step.version}).bind(std::string_view(step.name)).run();
}

Result<void> apply_step(SqliteConnection& connection, const Migration& step) {
  MARQUEE_CHECK(connection.execute("BEGIN IMMEDIATE"));
  auto outcome = connection.execute(step.sql);
  if (outcome.ok()) outcome = record(connection, step);
  if (outcome.ok()) outcome = connection.execute("COMMIT");
  if (outcome.ok()) return {};
  static_cast<void>(connection.execute("ROLLBACK"));
  return outcome.error().with_context(fmt::format("migration {} ({})", step.version, step.name));
}

Result<void> create(SqliteConnection& connection) {
  const std::string sql = fmt::format(
      "BEGIN IMMEDIATE; PRAGMA application_id={};"
      "CREATE TABLE schema_migrations(version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
      " applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ','now'))) STRICT; COMMIT;",
      kApplicationId);
  const auto outcome = connection.execute(sql.c_str());
  if (!outcome.ok()) static_cast<void>(connection.execute("ROLLBACK"));
  return outcome;
}

}  // namespace

Result<std::int64_t> schema_version(SqliteConnection& connection) {
  MARQUEE_TRY(const auto application, read_number(connection, "PRAGMA application_id"));
  MARQUEE_TRY(const auto objects, read_number(connection, "SELECT count(*) FROM sqlite_schema"));
  if (objects == 0) return std::int64_t{0};
  if (application != kApplicationId) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} is an SQLite database of another program; name another --data "
                             "directory",
                             file_of(connection))};
  }
  return read_number(connection, "SELECT max(version) FROM schema_migrations");
}

Result<void> migrate(SqliteConnection& connection, std::span<const Migration> steps) {
  MARQUEE_TRY(const auto objects, read_number(connection, "SELECT count(*) FROM sqlite_schema"));
  if (objects == 0) MARQUEE_CHECK(create(connection));
  MARQUEE_TRY(const auto version, schema_version(connection));
  const int known = steps.empty() ? 0 : steps.back().version;
  if (version > known) return newer_schema(connection, version, known);
  for (const Migration& step : steps) {
    if (step.version > version) MARQUEE_CHECK(apply_step(connection, step));
  }
  return {};
}

Result<void> check_schema(SqliteConnection& connection, std::span<const Migration> steps) {
  MARQUEE_TRY(const auto version, schema_version(connection));
  const int known = steps.empty() ? 0 : steps.back().version;
  if (version > known) return newer_schema(connection, version, known);
  if (version == known) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} has schema version {}, this program wants {}: run 'marquee migrate'",
                           file_of(connection), version, known)};
}

}  // namespace marquee::embedded
