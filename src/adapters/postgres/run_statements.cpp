#include "adapters/postgres/run_statements.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/postgres/run_row.h"
#include "adapters/postgres/storable_text.h"

namespace marquee::postgres {
namespace {

Result<void> check_exists(PostgresTransaction& transaction, const std::string& run_id) {
  MARQUEE_TRY(const Rows rows,
              transaction.run("SELECT 1 FROM runs WHERE run_id = $1", Parameters().add(run_id)));
  if (!rows.empty()) return {};
  return Error{ErrorCode::kNotFound, fmt::format("there is no run '{}'", run_id)};
}

/// kConflict when `run` would be the second active one of its pipeline.
Result<void> check_alone(PostgresTransaction& transaction, const Run& run) {
  if (!is_active(run.status)) return {};
  MARQUEE_TRY(const Rows rows,
              transaction.run("SELECT run_id FROM runs WHERE pipeline = $1 AND run_id <> $2 "
                              "AND status IN ('queued', 'running')",
                              Parameters().add(run.pipeline).add(run.id)));
  if (rows.empty()) return {};
  return Error{ErrorCode::kConflict,
               fmt::format("run '{}' of {} is active: wait for it or cancel it", rows.text(0, 0),
                           run.pipeline)};
}

}  // namespace

std::optional<Lease> read_lease(const Rows& rows) {
  if (rows.empty() || rows.u64(0, 1) == 0) return std::nullopt;
  return Lease{rows.string(0, 0), rows.u64(0, 1), rows.i64(0, 2)};
}

Result<std::optional<Lease>> lock_lease(PostgresTransaction& transaction) {
  MARQUEE_TRY(const Rows rows,
              transaction.run("SELECT holder, token, expires_at FROM run_lease FOR UPDATE"));
  return read_lease(rows);
}

Statement set_lease(const Lease& lease) {
  return {"UPDATE run_lease SET holder = $1, token = $2, expires_at = $3",
          Parameters().add(lease.holder).add_u64(lease.token).add(lease.expires_at_ms)};
}

Result<Lease> lock_lease_of(PostgresTransaction& transaction, std::uint64_t token) {
  MARQUEE_TRY(auto lease, lock_lease(transaction));
  if (lease && lease->token == token) return *std::move(lease);
  return fenced(token, lease ? lease->token : 0);
}

Result<void> insert_run(PostgresTransaction& transaction, const Run& run) {
  MARQUEE_TRY(const Rows known,
              transaction.run("SELECT 1 FROM runs WHERE run_id = $1", Parameters().add(run.id)));
  if (!known.empty()) {
    return Error{ErrorCode::kConflict, fmt::format("run '{}' exists already", run.id)};
  }
  MARQUEE_CHECK(check_alone(transaction, run));
  std::vector<Statement> statements{
      {"INSERT INTO runs(run_id, pipeline, logical_date, run_trigger, status, params, "
       "cancel_requested, round, detail, created_at, due_at, started_at, ended_at) "
       "VALUES($1, $2, $3, $4, $5, $6::text::json, $7, $8, $9, $10, $11, $12, $13)",
       run_parameters(run)}};
  if (run.due_at_ms) statements.push_back(set_dealt_until(run.pipeline, *run.due_at_ms));
  return transaction.execute(statements);
}

Result<void> replace_run(PostgresTransaction& transaction, const Run& run) {
  MARQUEE_CHECK(check_exists(transaction, run.id));
  MARQUEE_CHECK(check_alone(transaction, run));
  return transaction.execute(
      "UPDATE runs SET pipeline = $2, logical_date = $3, run_trigger = $4, status = $5, "
      "params = $6::text::json, cancel_requested = $7, round = $8, detail = $9, created_at = $10, "
      "due_at = $11, started_at = $12, ended_at = $13 WHERE run_id = $1",
      run_parameters(run));
}

Result<void> upsert_stage(PostgresTransaction& transaction, const std::string& run_id,
                          const StageAttempt& attempt) {
  MARQUEE_CHECK(check_exists(transaction, run_id));
  return transaction.execute(
      "INSERT INTO run_stages(run_id, position, stage, attempt, round, status, exit_code, detail, "
      "started_at, ended_at) VALUES($1, (SELECT coalesce(max(position), 0) + 1 FROM run_stages "
      "WHERE run_id = $1), $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT(run_id, stage, attempt) DO UPDATE SET round = excluded.round, "
      "status = excluded.status, exit_code = excluded.exit_code, detail = excluded.detail, "
      "started_at = excluded.started_at, ended_at = excluded.ended_at",
      stage_parameters(run_id, attempt));
}

Result<void> insert_lines(PostgresTransaction& transaction, const std::string& run_id,
                          std::span<const RunLogLine> lines) {
  MARQUEE_CHECK(check_exists(transaction, run_id));
  ArrayColumn stages(TypeOid::kText);
  ArrayColumn attempts(TypeOid::kInt4);
  ArrayColumn times(TypeOid::kInt8);
  ArrayColumn texts(TypeOid::kText);
  for (const RunLogLine& line : lines) {
    stages.add(std::string_view(line.stage));
    attempts.add(std::int64_t{line.attempt});
    times.add(line.at_ms);
    texts.add(std::string_view(cut_log_line(storable(line.text))));
  }
  const std::vector<Statement> statements{
      {"INSERT INTO run_log(run_id, seq, stage, attempt, at, text) "
       "SELECT $1, n.place + (SELECT coalesce(max(seq), 0) FROM run_log WHERE run_id = $1), "
       "n.stage, n.attempt, n.at, n.text FROM unnest($2::text[], $3::int[], $4::bigint[], "
       "$5::text[]) WITH ORDINALITY n(stage, attempt, at, text, place)",
       Parameters().add(run_id).add(stages).add(attempts).add(times).add(texts)},
      {"DELETE FROM run_log WHERE run_id = $1 "
       "AND seq <= (SELECT max(seq) FROM run_log WHERE run_id = $1) - $2",
       Parameters().add(run_id).add_u64(kRunLogLinesMax)}};
  return transaction.execute(statements);
}

Statement set_dealt_until(const std::string& pipeline, std::int64_t ms) {
  return {
      "INSERT INTO run_schedules VALUES($1, $2) "
      "ON CONFLICT(pipeline) DO UPDATE SET dealt_until = excluded.dealt_until",
      Parameters().add(pipeline).add(ms)};
}

Result<void> prune_runs(PostgresTransaction& transaction, const std::string& pipeline,
                        std::size_t keep) {
  MARQUEE_TRY(const Rows rows,
              transaction.run("SELECT run_id FROM runs WHERE pipeline = $1 AND status NOT IN "
                              "('queued', 'running') ORDER BY place DESC OFFSET $2",
                              Parameters().add(pipeline).add_u64(keep)));
  ArrayColumn ids(TypeOid::kText);
  for (int row = 0; row < rows.size(); ++row) ids.add(rows.text(row, 0));
  const std::vector<Statement> statements{
      {"DELETE FROM run_log WHERE run_id = ANY($1::text[])", Parameters().add(ids)},
      {"DELETE FROM run_stages WHERE run_id = ANY($1::text[])", Parameters().add(ids)},
      {"DELETE FROM runs WHERE run_id = ANY($1::text[])", Parameters().add(ids)}};
  return transaction.execute(statements);
}

}  // namespace marquee::postgres
