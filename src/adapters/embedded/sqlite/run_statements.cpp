#include "adapters/embedded/sqlite/run_statements.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/embedded/sqlite/run_row.h"

namespace marquee::embedded {
namespace {

Result<std::optional<Run>> read_one(SqliteQuery& query) {
  MARQUEE_TRY(const bool row, query.step());
  if (!row) return std::optional<Run>();
  MARQUEE_TRY(Run run, read_run(query));
  return std::optional(std::move(run));
}

Result<void> check_exists(SqliteConnection& writer, const std::string& run_id) {
  MARQUEE_TRY(const auto run, find_run(writer, run_id));
  if (run) return {};
  return Error{ErrorCode::kNotFound, fmt::format("there is no run '{}'", run_id)};
}

/// kConflict when `run` would be the second active one of its pipeline.
Result<void> check_alone(SqliteConnection& writer, const Run& run) {
  if (!is_active(run.status)) return {};
  MARQUEE_TRY(const auto other, find_active(writer, run.pipeline));
  if (!other || other->id == run.id) return {};
  return Error{
      ErrorCode::kConflict,
      fmt::format("run '{}' of {} is active: wait for it or cancel it", other->id, run.pipeline)};
}

Result<std::uint64_t> last_line(SqliteConnection& writer, const std::string& run_id) {
  MARQUEE_TRY(auto query, writer.prepare("SELECT coalesce(max(seq), 0) FROM run_log "
                                         "WHERE run_id = ?"));
  MARQUEE_CHECK(query.bind(std::string_view(run_id)).step());
  return query.u64(0);
}

Result<void> delete_rows(SqliteConnection& writer, std::string_view sql,
                         const std::string& run_id) {
  MARQUEE_TRY(auto query, writer.prepare(sql));
  return query.bind(std::string_view(run_id)).run();
}

Result<void> delete_run(SqliteConnection& writer, const std::string& run_id) {
  MARQUEE_CHECK(delete_rows(writer, "DELETE FROM run_log WHERE run_id = ?", run_id));
  MARQUEE_CHECK(delete_rows(writer, "DELETE FROM run_stages WHERE run_id = ?", run_id));
  return delete_rows(writer, "DELETE FROM runs WHERE run_id = ?", run_id);
}

Result<std::vector<std::string>> finished_beyond(SqliteConnection& writer,
                                                 const std::string& pipeline, std::size_t keep) {
  MARQUEE_TRY(auto query,
              writer.prepare("SELECT run_id FROM runs WHERE pipeline = ? AND status NOT IN "
                             "('queued', 'running') ORDER BY place DESC LIMIT -1 OFFSET ?"));
  query.bind(std::string_view(pipeline)).bind_u64(keep);
  std::vector<std::string> ids;
  for (;;) {
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return ids;
    ids.push_back(query.string(0));
  }
}

}  // namespace

Result<std::optional<Run>> find_run(SqliteConnection& connection, const std::string& run_id) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT * FROM runs WHERE run_id = ?"));
  return read_one(query.bind(std::string_view(run_id)));
}

Result<std::optional<Run>> find_active(SqliteConnection& connection, const std::string& pipeline) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT * FROM runs WHERE pipeline = ? "
                                             "AND status IN ('queued', 'running')"));
  return read_one(query.bind(std::string_view(pipeline)));
}

Result<void> write_dealt_until(SqliteConnection& writer, const std::string& pipeline,
                               std::int64_t ms) {
  MARQUEE_TRY(auto upsert, writer.prepare("INSERT INTO run_schedules VALUES(?, ?) "
                                          "ON CONFLICT(pipeline) DO UPDATE SET "
                                          "dealt_until = excluded.dealt_until"));
  return upsert.bind(std::string_view(pipeline)).bind(ms).run();
}

Result<void> insert_run(SqliteConnection& writer, const Run& run) {
  MARQUEE_TRY(const auto known, find_run(writer, run.id));
  if (known) return Error{ErrorCode::kConflict, fmt::format("run '{}' exists already", run.id)};
  MARQUEE_CHECK(check_alone(writer, run));
  MARQUEE_TRY(auto insert,
              writer.prepare("INSERT INTO runs VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                             "?)"));
  bind_run(insert, run);
  MARQUEE_CHECK(insert.run());
  return run.due_at_ms ? write_dealt_until(writer, run.pipeline, *run.due_at_ms) : Result<void>();
}

Result<void> replace_run(SqliteConnection& writer, const Run& run) {
  MARQUEE_CHECK(check_exists(writer, run.id));
  MARQUEE_CHECK(check_alone(writer, run));
  MARQUEE_TRY(auto update,
              writer.prepare("UPDATE runs SET run_id = ?1, pipeline = ?2, logical_date = ?3, "
                             "run_trigger = ?4, status = ?5, params = ?6, cancel_requested = ?7, "
                             "round = ?8, detail = ?9, created_at = ?10, due_at = ?11, "
                             "started_at = ?12, ended_at = ?13 WHERE run_id = ?1"));
  bind_run(update, run);
  return update.run();
}

Result<void> upsert_stage(SqliteConnection& writer, const std::string& run_id,
                          const StageAttempt& attempt) {
  MARQUEE_CHECK(check_exists(writer, run_id));
  MARQUEE_TRY(
      auto upsert,
      writer.prepare("INSERT INTO run_stages VALUES(?1, (SELECT coalesce(max(position), 0) + 1 "
                     "FROM run_stages WHERE run_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                     "ON CONFLICT(run_id, stage, attempt) DO UPDATE SET round = excluded.round, "
                     "status = excluded.status, exit_code = excluded.exit_code, "
                     "detail = excluded.detail, started_at = excluded.started_at, "
                     "ended_at = excluded.ended_at"));
  upsert.bind(std::string_view(run_id));
  bind_stage(upsert, attempt);
  return upsert.run();
}

Result<void> insert_lines(SqliteConnection& writer, const std::string& run_id,
                          std::span<const RunLogLine> lines) {
  MARQUEE_CHECK(check_exists(writer, run_id));
  MARQUEE_TRY(std::uint64_t seq, last_line(writer, run_id));
  MARQUEE_TRY(auto insert, writer.prepare("INSERT INTO run_log VALUES(?, ?, ?, ?, ?, ?)"));
  for (const RunLogLine& line : lines) {
    MARQUEE_CHECK(insert.bind(std::string_view(run_id))
                      .bind_u64(++seq)
                      .bind(std::string_view(line.stage))
                      .bind(std::int64_t{line.attempt})
                      .bind(line.at_ms)
                      .bind(std::string_view(cut_log_line(line.text)))
                      .run());
  }
  if (seq <= kRunLogLinesMax) return {};
  MARQUEE_TRY(auto drop, writer.prepare("DELETE FROM run_log WHERE run_id = ? AND seq <= ?"));
  return drop.bind(std::string_view(run_id)).bind_u64(seq - kRunLogLinesMax).run();
}

Result<void> prune_runs(SqliteConnection& writer, const std::string& pipeline, std::size_t keep) {
  MARQUEE_TRY(const auto ids, finished_beyond(writer, pipeline, keep));
  for (const std::string& id : ids) MARQUEE_CHECK(delete_run(writer, id));
  return {};
}

}  // namespace marquee::embedded
