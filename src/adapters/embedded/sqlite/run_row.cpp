#include "adapters/embedded/sqlite/run_row.h"

#include <fmt/format.h>

namespace marquee::embedded {
namespace {

std::optional<std::int64_t> optional_i64(const SqliteQuery& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.i64(column));
}

Error unknown_word(std::string_view what, std::string_view word) {
  return Error{ErrorCode::kDataLoss, fmt::format("a stored run has the {} '{}'", what, word)};
}

}  // namespace

void bind_run(SqliteQuery& query, const Run& run) {
  query.bind(std::string_view(run.id))
      .bind(std::string_view(run.pipeline))
      .bind(std::string_view(run.logical_date))
      .bind(to_string(run.trigger))
      .bind(to_string(run.status))
      .bind(std::string_view(run.params))
      .bind(std::int64_t{run.cancel_requested ? 1 : 0})
      .bind(std::int64_t{run.round})
      .bind(std::string_view(run.detail))
      .bind(run.created_at_ms)
      .bind(run.due_at_ms)
      .bind(run.started_at_ms)
      .bind(run.ended_at_ms);
}

Result<Run> read_run(const SqliteQuery& row) {
  Run run;
  run.id = row.string(1);
  run.pipeline = row.string(2);
  run.logical_date = row.string(3);
  const auto trigger = parse_run_trigger(row.text(4));
  if (!trigger) return unknown_word("trigger", row.text(4));
  run.trigger = *trigger;
  const auto status = parse_run_status(row.text(5));
  if (!status) return unknown_word("status", row.text(5));
  run.status = *status;
  run.params = row.string(6);
  run.cancel_requested = row.i64(7) != 0;
  run.round = static_cast<std::int32_t>(row.i64(8));
  run.detail = row.string(9);
  run.created_at_ms = row.i64(10);
  run.due_at_ms = optional_i64(row, 11);
  run.started_at_ms = optional_i64(row, 12);
  run.ended_at_ms = optional_i64(row, 13);
  return run;
}

void bind_stage(SqliteQuery& query, const StageAttempt& attempt) {
  query.bind(std::string_view(attempt.stage))
      .bind(std::int64_t{attempt.attempt})
      .bind(std::int64_t{attempt.round})
      .bind(to_string(attempt.status));
  if (attempt.exit_code) {
    query.bind(std::int64_t{*attempt.exit_code});
  } else {
    query.bind_null();
  }
  query.bind(std::string_view(attempt.detail)).bind(attempt.started_at_ms);
  query.bind(attempt.ended_at_ms);
}

Result<StageAttempt> read_stage(const SqliteQuery& row) {
  StageAttempt attempt;
  attempt.stage = row.string(0);
  attempt.attempt = static_cast<std::int32_t>(row.i64(1));
  attempt.round = static_cast<std::int32_t>(row.i64(2));
  const auto status = parse_stage_status(row.text(3));
  if (!status) return unknown_word("stage status", row.text(3));
  attempt.status = *status;
  if (!row.is_null(4)) attempt.exit_code = static_cast<std::int32_t>(row.i64(4));
  attempt.detail = row.string(5);
  attempt.started_at_ms = row.i64(6);
  attempt.ended_at_ms = optional_i64(row, 7);
  return attempt;
}

}  // namespace marquee::embedded
