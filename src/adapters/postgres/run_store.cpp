#include "adapters/postgres/run_store.h"

#include <fmt/format.h>

#include "adapters/postgres/run_row.h"
#include "adapters/postgres/run_statements.h"

namespace marquee::postgres {
namespace {

/// Runs body(transaction) in one transaction if `token` is the newest.
template <typename Body>
Result<void> fenced_write(PostgresDatabase& database, std::uint64_t token, const Body& body) {
  return database.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_TRY(const Lease ignored, lock_lease_of(transaction, token));
    (void)ignored;
    return body(transaction);
  });
}

Result<std::optional<Run>> read_one(PostgresDatabase& database, std::string_view condition,
                                    const std::string& value) {
  MARQUEE_TRY(const Rows rows,
              database.query({fmt::format("SELECT {} FROM runs WHERE {}", kRunColumns, condition),
                              Parameters().add(value)},
                             database.options().write_timeout));
  if (rows.empty()) return std::optional<Run>();
  MARQUEE_TRY(Run run, read_run(rows, 0));
  return std::optional(std::move(run));
}

Result<std::optional<std::int64_t>> read_optional(PostgresDatabase& database, std::string sql,
                                                  const std::string& pipeline) {
  MARQUEE_TRY(const Rows rows, database.query({std::move(sql), Parameters().add(pipeline)},
                                              database.options().write_timeout));
  return rows.empty() ? std::nullopt : rows.optional_i64(0, 0);
}

}  // namespace

Result<std::optional<Lease>> PostgresRunStore::acquire(const std::string& holder,
                                                       std::int64_t ttl_ms, std::int64_t now_ms) {
  using Taken = std::optional<Lease>;
  return database_.write([&](PostgresTransaction& transaction) -> Result<Taken> {
    MARQUEE_TRY(const auto last, lock_lease(transaction));
    const bool live =
        last && last->expires_at_ms > now_ms && last->expires_at_ms <= now_ms + 2 * ttl_ms;
    if (live && last->holder != holder) return Taken();
    const std::uint64_t newest = last ? last->token : 0;
    const Lease taken{holder, live ? newest : newest + 1, now_ms + ttl_ms};
    MARQUEE_CHECK(transaction.execute(set_lease(taken)));
    return Taken(taken);
  });
}

Result<Lease> PostgresRunStore::renew(std::uint64_t token, std::int64_t ttl_ms,
                                      std::int64_t now_ms) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<Lease> {
    MARQUEE_TRY(Lease lease, lock_lease_of(transaction, token));
    lease.expires_at_ms = now_ms + ttl_ms;
    MARQUEE_CHECK(transaction.execute(set_lease(lease)));
    return lease;
  });
}

Result<void> PostgresRunStore::release(std::uint64_t token) {
  return database_.write([&](PostgresTransaction& transaction) {
    return transaction.execute("UPDATE run_lease SET expires_at = 0 WHERE token = $1",
                               Parameters().add_u64(token));
  });
}

Result<std::optional<Lease>> PostgresRunStore::lease() const {
  MARQUEE_TRY(const Rows rows, database_.query({"SELECT holder, token, expires_at FROM run_lease"},
                                               database_.options().write_timeout));
  return read_lease(rows);
}

Result<void> PostgresRunStore::create(std::uint64_t token, const Run& run) {
  return fenced_write(database_, token, [&](PostgresTransaction& transaction) {
    return insert_run(transaction, run);
  });
}

Result<void> PostgresRunStore::update(std::uint64_t token, const Run& run) {
  return fenced_write(database_, token, [&](PostgresTransaction& transaction) {
    return replace_run(transaction, run);
  });
}

Result<void> PostgresRunStore::put_stage(std::uint64_t token, const std::string& run_id,
                                         const StageAttempt& attempt) {
  return fenced_write(database_, token, [&](PostgresTransaction& transaction) {
    return upsert_stage(transaction, run_id, attempt);
  });
}

Result<void> PostgresRunStore::append_log(std::uint64_t token, const std::string& run_id,
                                          std::span<const RunLogLine> lines) {
  return fenced_write(database_, token, [&](PostgresTransaction& transaction) {
    return insert_lines(transaction, run_id, lines);
  });
}

Result<void> PostgresRunStore::set_dealt_until(std::uint64_t token, const std::string& pipeline,
                                               std::int64_t ms) {
  return fenced_write(database_, token, [&](PostgresTransaction& transaction) {
    return transaction.execute(postgres::set_dealt_until(pipeline, ms));
  });
}

Result<void> PostgresRunStore::prune(std::uint64_t token, const std::string& pipeline,
                                     std::size_t keep) {
  return fenced_write(database_, token, [&](PostgresTransaction& transaction) {
    return prune_runs(transaction, pipeline, keep);
  });
}

Result<std::optional<Run>> PostgresRunStore::find(const std::string& run_id) const {
  return read_one(database_, "run_id = $1", run_id);
}

Result<std::optional<Run>> PostgresRunStore::active(const std::string& pipeline) const {
  return read_one(database_, "pipeline = $1 AND status IN ('queued', 'running')", pipeline);
}

Result<RunPage> PostgresRunStore::list(std::optional<RunStatus> status,
                                       std::optional<std::uint64_t> before,
                                       std::size_t limit) const {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM runs WHERE ($1::text IS NULL OR status = $1::text) "
      "AND ($2::bigint IS NULL OR place < $2::bigint) ORDER BY place DESC LIMIT $3",
      kRunColumns);
  Parameters parameters;
  parameters.add(status ? std::optional(to_string(*status)) : std::nullopt);
  parameters.add(before ? std::optional(static_cast<std::int64_t>(*before)) : std::nullopt);
  parameters.add_u64(limit + 1);
  MARQUEE_TRY(const Rows rows,
              database_.query({kSql, std::move(parameters)}, database_.options().write_timeout));
  RunPage page;
  for (int row = 0; row < rows.size(); ++row) {
    if (page.runs.size() == limit) {
      if (row > 0) page.next_before = rows.u64(row - 1, 0);
      break;
    }
    MARQUEE_TRY(Run run, read_run(rows, row));
    page.runs.push_back(std::move(run));
  }
  return page;
}

Result<std::vector<StageAttempt>> PostgresRunStore::stages(const std::string& run_id) const {
  MARQUEE_TRY(const Rows rows,
              database_.query({fmt::format("SELECT {} FROM run_stages WHERE run_id = $1 "
                                           "ORDER BY position",
                                           kStageColumns),
                               Parameters().add(run_id)},
                              database_.options().write_timeout));
  std::vector<StageAttempt> attempts;
  for (int row = 0; row < rows.size(); ++row) {
    MARQUEE_TRY(StageAttempt attempt, read_stage(rows, row));
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

Result<std::vector<RunLogLine>> PostgresRunStore::log(const std::string& run_id,
                                                      const std::optional<std::string>& stage,
                                                      std::uint64_t after,
                                                      std::size_t limit) const {
  MARQUEE_TRY(
      const Rows rows,
      database_.query({"SELECT seq, stage, attempt, at, text FROM run_log WHERE run_id = $1 "
                       "AND seq > $2 AND ($3::text IS NULL OR stage = $3::text) "
                       "ORDER BY seq LIMIT $4",
                       Parameters().add(run_id).add_u64(after).add(stage).add_u64(limit)},
                      database_.options().write_timeout));
  std::vector<RunLogLine> lines;
  for (int row = 0; row < rows.size(); ++row) {
    lines.push_back(RunLogLine{rows.u64(row, 0), rows.string(row, 1), rows.i32(row, 2),
                               rows.i64(row, 3), rows.string(row, 4)});
  }
  return lines;
}

Result<std::optional<std::int64_t>> PostgresRunStore::dealt_until(
    const std::string& pipeline) const {
  return read_optional(database_, "SELECT dealt_until FROM run_schedules WHERE pipeline = $1",
                       pipeline);
}

Result<std::optional<std::int64_t>> PostgresRunStore::last_success(
    const std::string& pipeline) const {
  return read_optional(database_,
                       "SELECT max(ended_at) FROM runs WHERE pipeline = $1 "
                       "AND status = 'succeeded'",
                       pipeline);
}

}  // namespace marquee::postgres
