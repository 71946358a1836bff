#include "adapters/postgres/schema.h"

#include <charconv>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace marquee::postgres {
namespace {

constexpr std::int64_t kMigrationLock = 0x4D525145;  // "MRQE"

Error newer_schema(const PostgresOptions& options, std::int64_t found, int known) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("schema {} of {} has version {}, this program knows {}: run the newer "
                           "program that wrote it",
                           options.schema, options.to_string(), found, known)};
}

int last_of(std::span<const Migration> steps) { return steps.empty() ? 0 : steps.back().version; }

Result<void> create(PostgresConnection& connection, const PostgresOptions& options) {
  // The schema's name is [a-z0-9_]*, checked when the URI was read.
  MARQUEE_TRY(const Rows known, connection.run({"SELECT 1 FROM pg_namespace WHERE nspname = $1",
                                                Parameters().add(options.schema)},
                                               options.bulk_timeout));
  // CREATE SCHEMA IF NOT EXISTS asks for the right to create even when there is nothing to do.
  if (known.empty()) {
    MARQUEE_CHECK(connection.execute(fmt::format("CREATE SCHEMA \"{}\"", options.schema),
                                     options.bulk_timeout));
  }
  return connection.execute(
      fmt::format("CREATE TABLE IF NOT EXISTS \"{}\".schema_migrations(version integer PRIMARY "
                  "KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
                  options.schema),
      options.bulk_timeout);
}

/// The extension is the database's own. Most roles may not create it; then it must be there.
Result<void> ensure_vector(PostgresConnection& connection, const PostgresOptions& options) {
  MARQUEE_TRY(const Rows installed,
              connection.run({"SELECT extversion FROM pg_extension WHERE extname = 'vector'"},
                             options.bulk_timeout));
  if (!installed.empty()) return check_vector_version(installed.text(0, 0), options);
  auto outcome =
      connection.execute("CREATE EXTENSION vector WITH SCHEMA public", options.bulk_timeout);
  return outcome.ok() ? outcome : outcome.error().with_context("the extension pgvector is missing");
}

Result<void> apply_step(PostgresConnection& connection, const PostgresOptions& options,
                        const Migration& step) {
  const std::string sql =
      fmt::format("BEGIN; {} INSERT INTO schema_migrations(version, name) VALUES({}, '{}'); COMMIT",
                  step.sql, step.version, step.name);
  auto outcome = connection.execute(sql, options.bulk_timeout);
  if (outcome.ok()) return outcome;
  static_cast<void>(connection.execute("ROLLBACK", options.bulk_timeout));
  return outcome.error().with_context(fmt::format("migration {} ({})", step.version, step.name));
}

Result<void> apply_steps(PostgresConnection& connection, const PostgresOptions& options,
                         std::span<const Migration> steps) {
  MARQUEE_TRY(std::int64_t version, schema_version(connection, options));
  if (version > last_of(steps)) return newer_schema(options, version, last_of(steps));
  if (version == last_of(steps)) return {};
  MARQUEE_CHECK(create(connection, options));
  MARQUEE_CHECK(ensure_vector(connection, options));
  for (const Migration& step : steps) {
    if (step.version > version) MARQUEE_CHECK(apply_step(connection, options, step));
  }
  return {};
}

}  // namespace

Result<void> check_vector_version(std::string_view version, const PostgresOptions& options) {
  constexpr int kMinor = 8;
  int major = 0;
  int minor = 0;
  const char* const end = version.data() + version.size();
  const auto [dot, code] = std::from_chars(version.data(), end, major);
  if (code == std::errc() && dot != end) std::from_chars(dot + 1, end, minor);
  if (major > 0 || minor >= kMinor) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} has pgvector {}, and 0.8 is needed: install it on the server, then "
                           "ALTER EXTENSION vector UPDATE",
                           options.to_string(), version)};
}

Result<std::int64_t> schema_version(PostgresConnection& connection,
                                    const PostgresOptions& options) {
  const std::string table = fmt::format("\"{}\".schema_migrations", options.schema);
  MARQUEE_TRY(const Rows known,
              connection.run({"SELECT to_regclass($1) IS NOT NULL", Parameters().add(table)},
                             options.write_timeout));
  if (!known.flag(0, 0)) return std::int64_t{0};
  MARQUEE_TRY(const Rows version, connection.run({"SELECT coalesce(max(version), 0) FROM " + table},
                                                 options.write_timeout));
  return version.i64(0, 0);
}

Result<void> migrate(PostgresConnection& connection, const PostgresOptions& options,
                     std::span<const Migration> steps) {
  MARQUEE_TRY(const Rows locked,
              connection.run({"SELECT pg_advisory_lock($1)", Parameters().add(kMigrationLock)},
                             options.bulk_timeout));
  auto outcome = apply_steps(connection, options, steps);
  // A connection that cannot unlock is broken, and gives its locks back by ending.
  const auto unlocked = connection.run(
      {"SELECT pg_advisory_unlock($1)", Parameters().add(kMigrationLock)}, options.bulk_timeout);
  if (outcome.ok() && !unlocked.ok()) return unlocked.error();
  return outcome;
}

Result<void> check_schema(PostgresConnection& connection, const PostgresOptions& options,
                          std::span<const Migration> steps) {
  MARQUEE_TRY(const auto version, schema_version(connection, options));
  if (version > last_of(steps)) return newer_schema(options, version, last_of(steps));
  if (version == last_of(steps)) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("schema {} of {} has version {}, this program wants {}: run 'marquee "
                           "migrate'",
                           options.schema, options.to_string(), version, last_of(steps))};
}

}  // namespace marquee::postgres
