#include "adapters/embedded/sqlite_run_store.h"

#include <fmt/format.h>

#include "adapters/embedded/sqlite_run_lease.h"
#include "adapters/embedded/sqlite_run_row.h"

namespace marquee::embedded {
namespace {

using Sync = SqliteDatabase::Sync;

Result<std::optional<Run>> read_one(SqliteQuery& query) {
  MARQUEE_TRY(const bool row, query.step());
  if (!row) return std::optional<Run>();
  MARQUEE_TRY(Run run, read_run(query));
  return std::optional(std::move(run));
}

Result<std::optional<Run>> find_run(SqliteConnection& connection, const std::string& run_id) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT * FROM runs WHERE run_id = ?"));
  return read_one(query.bind(std::string_view(run_id)));
}

Result<std::optional<Run>> find_active(SqliteConnection& connection, const std::string& pipeline) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT * FROM runs WHERE pipeline = ? "
                                             "AND status IN ('queued', 'running')"));
  return read_one(query.bind(std::string_view(pipeline)));
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

/// Keeps the place of an attempt that is there already.
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

Result<std::uint64_t> last_line(SqliteConnection& writer, const std::string& run_id) {
  MARQUEE_TRY(auto query, writer.prepare("SELECT coalesce(max(seq), 0) FROM run_log "
                                         "WHERE run_id = ?"));
  MARQUEE_CHECK(query.bind(std::string_view(run_id)).step());
  return query.u64(0);
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

/// Runs body(writer) in one transaction if `token` is the newest.
template <typename Body>
Result<void> fenced_write(SqliteDatabase& database, std::uint64_t token, const Body& body) {
  return database.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(const Lease ignored, lease_of(writer, token));
    (void)ignored;
    return body(writer);
  });
}

Result<std::optional<std::int64_t>> read_optional(SqliteDatabase& database, std::string_view sql,
                                                  const std::string& pipeline) {
  using Found = std::optional<std::int64_t>;
  return database.read([&](SqliteConnection& reader) -> Result<Found> {
    MARQUEE_TRY(auto query, reader.prepare(sql));
    MARQUEE_TRY(const bool row, query.bind(std::string_view(pipeline)).step());
    return row && !query.is_null(0) ? Found(query.i64(0)) : Found();
  });
}

}  // namespace

Result<std::optional<Lease>> SqliteRunStore::acquire(const std::string& holder, std::int64_t ttl_ms,
                                                     std::int64_t now_ms) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) {
    return take_lease(writer, holder, ttl_ms, now_ms);
  });
}

Result<Lease> SqliteRunStore::renew(std::uint64_t token, std::int64_t ttl_ms, std::int64_t now_ms) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<Lease> {
    MARQUEE_TRY(Lease lease, lease_of(writer, token));
    lease.expires_at_ms = now_ms + ttl_ms;
    MARQUEE_CHECK(write_lease(writer, lease));
    return lease;
  });
}

Result<void> SqliteRunStore::release(std::uint64_t token) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto update, writer.prepare("UPDATE run_lease SET expires_at = 0 "
                                            "WHERE token = ?"));
    return update.bind_u64(token).run();
  });
}

Result<std::optional<Lease>> SqliteRunStore::lease() const {
  return database_.read([](SqliteConnection& reader) { return read_lease(reader); });
}

Result<void> SqliteRunStore::create(std::uint64_t token, const Run& run) {
  return fenced_write(database_, token,
                      [&](SqliteConnection& writer) { return insert_run(writer, run); });
}

Result<void> SqliteRunStore::update(std::uint64_t token, const Run& run) {
  return fenced_write(database_, token,
                      [&](SqliteConnection& writer) { return replace_run(writer, run); });
}

Result<void> SqliteRunStore::put_stage(std::uint64_t token, const std::string& run_id,
                                       const StageAttempt& attempt) {
  return fenced_write(database_, token, [&](SqliteConnection& writer) {
    return upsert_stage(writer, run_id, attempt);
  });
}

Result<void> SqliteRunStore::append_log(std::uint64_t token, const std::string& run_id,
                                        std::span<const RunLogLine> lines) {
  return fenced_write(database_, token, [&](SqliteConnection& writer) {
    return insert_lines(writer, run_id, lines);
  });
}

Result<void> SqliteRunStore::set_dealt_until(std::uint64_t token, const std::string& pipeline,
                                             std::int64_t ms) {
  return fenced_write(database_, token, [&](SqliteConnection& writer) {
    return write_dealt_until(writer, pipeline, ms);
  });
}

Result<void> SqliteRunStore::prune(std::uint64_t token, const std::string& pipeline,
                                   std::size_t keep) {
  return fenced_write(database_, token, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(const auto ids, finished_beyond(writer, pipeline, keep));
    for (const std::string& id : ids) MARQUEE_CHECK(delete_run(writer, id));
    return {};
  });
}

Result<std::optional<Run>> SqliteRunStore::find(const std::string& run_id) const {
  return database_.read([&](SqliteConnection& reader) { return find_run(reader, run_id); });
}

Result<std::optional<Run>> SqliteRunStore::active(const std::string& pipeline) const {
  return database_.read([&](SqliteConnection& reader) { return find_active(reader, pipeline); });
}

Result<RunPage> SqliteRunStore::list(std::optional<RunStatus> status,
                                     std::optional<std::uint64_t> before, std::size_t limit) const {
  return database_.read([&](SqliteConnection& reader) -> Result<RunPage> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT * FROM runs WHERE (?1 IS NULL OR status = ?1) "
                               "AND (?2 IS NULL OR place < ?2) ORDER BY place DESC LIMIT ?3"));
    query.bind(status ? std::optional(to_string(*status)) : std::nullopt);
    query.bind(before ? std::optional(static_cast<std::int64_t>(*before)) : std::nullopt);
    query.bind_u64(limit + 1);
    RunPage page;
    std::uint64_t last = 0;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return page;
      if (page.runs.size() == limit) {
        page.next_before = last;
        return page;
      }
      MARQUEE_TRY(Run run, read_run(query));
      page.runs.push_back(std::move(run));
      last = query.u64(0);
    }
  });
}

Result<std::vector<StageAttempt>> SqliteRunStore::stages(const std::string& run_id) const {
  return database_.read([&](SqliteConnection& reader) -> Result<std::vector<StageAttempt>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT stage, attempt, round, status, exit_code, detail, "
                               "started_at, ended_at FROM run_stages WHERE run_id = ? "
                               "ORDER BY position"));
    query.bind(std::string_view(run_id));
    std::vector<StageAttempt> attempts;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return attempts;
      MARQUEE_TRY(StageAttempt attempt, read_stage(query));
      attempts.push_back(std::move(attempt));
    }
  });
}

Result<std::vector<RunLogLine>> SqliteRunStore::log(const std::string& run_id,
                                                    const std::optional<std::string>& stage,
                                                    std::uint64_t after, std::size_t limit) const {
  return database_.read([&](SqliteConnection& reader) -> Result<std::vector<RunLogLine>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT seq, stage, attempt, at, text FROM run_log "
                               "WHERE run_id = ?1 AND seq > ?2 AND (?3 IS NULL OR stage = ?3) "
                               "ORDER BY seq LIMIT ?4"));
    query.bind(std::string_view(run_id)).bind_u64(after);
    query.bind(stage ? std::optional(std::string_view(*stage)) : std::nullopt).bind_u64(limit);
    std::vector<RunLogLine> lines;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return lines;
      lines.push_back(RunLogLine{query.u64(0), query.string(1),
                                 static_cast<std::int32_t>(query.i64(2)), query.i64(3),
                                 query.string(4)});
    }
  });
}

Result<std::optional<std::int64_t>> SqliteRunStore::dealt_until(const std::string& pipeline) const {
  return read_optional(database_, "SELECT dealt_until FROM run_schedules WHERE pipeline = ?",
                       pipeline);
}

Result<std::optional<std::int64_t>> SqliteRunStore::last_success(
    const std::string& pipeline) const {
  return read_optional(database_,
                       "SELECT max(ended_at) FROM runs WHERE pipeline = ? "
                       "AND status = 'succeeded'",
                       pipeline);
}

}  // namespace marquee::embedded
