#include "adapters/embedded/sqlite/run_store.h"

#include "adapters/embedded/sqlite/run_lease.h"
#include "adapters/embedded/sqlite/run_row.h"
#include "adapters/embedded/sqlite/run_statements.h"

namespace marquee::embedded {
namespace {

using Sync = SqliteDatabase::Sync;

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
  return fenced_write(database_, token,
                      [&](SqliteConnection& writer) { return prune_runs(writer, pipeline, keep); });
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
