#include "adapters/postgres/run_row.h"

#include <fmt/format.h>

#include "adapters/postgres/storable_text.h"

namespace marquee::postgres {
namespace {

Error unknown_word(std::string_view what, std::string_view word) {
  return Error{ErrorCode::kDataLoss, fmt::format("a stored run has the {} '{}'", what, word)};
}

}  // namespace

Parameters run_parameters(const Run& run) {
  return Parameters()
      .add(run.id)
      .add(run.pipeline)
      .add(run.logical_date)
      .add(to_string(run.trigger))
      .add(to_string(run.status))
      .add(run.params)
      .add(run.cancel_requested)
      .add(run.round)
      .add(storable(run.detail))
      .add(run.created_at_ms)
      .add(run.due_at_ms)
      .add(run.started_at_ms)
      .add(run.ended_at_ms);
}

Result<Run> read_run(const Rows& rows, int row) {
  Run run;
  run.id = rows.string(row, 1);
  run.pipeline = rows.string(row, 2);
  run.logical_date = rows.string(row, 3);
  const auto trigger = parse_run_trigger(rows.text(row, 4));
  if (!trigger) return unknown_word("trigger", rows.text(row, 4));
  run.trigger = *trigger;
  const auto status = parse_run_status(rows.text(row, 5));
  if (!status) return unknown_word("status", rows.text(row, 5));
  run.status = *status;
  run.params = rows.string(row, 6);
  run.cancel_requested = rows.flag(row, 7);
  run.round = rows.i32(row, 8);
  run.detail = rows.string(row, 9);
  run.created_at_ms = rows.i64(row, 10);
  run.due_at_ms = rows.optional_i64(row, 11);
  run.started_at_ms = rows.optional_i64(row, 12);
  run.ended_at_ms = rows.optional_i64(row, 13);
  return run;
}

Parameters stage_parameters(const std::string& run_id, const StageAttempt& attempt) {
  return Parameters()
      .add(run_id)
      .add(attempt.stage)
      .add(attempt.attempt)
      .add(attempt.round)
      .add(to_string(attempt.status))
      .add(attempt.exit_code)
      .add(storable(attempt.detail))
      .add(attempt.started_at_ms)
      .add(attempt.ended_at_ms);
}

Result<StageAttempt> read_stage(const Rows& rows, int row) {
  StageAttempt attempt;
  attempt.stage = rows.string(row, 0);
  attempt.attempt = rows.i32(row, 1);
  attempt.round = rows.i32(row, 2);
  const auto status = parse_stage_status(rows.text(row, 3));
  if (!status) return unknown_word("stage status", rows.text(row, 3));
  attempt.status = *status;
  if (!rows.is_null(row, 4)) attempt.exit_code = rows.i32(row, 4);
  attempt.detail = rows.string(row, 5);
  attempt.started_at_ms = rows.i64(row, 6);
  attempt.ended_at_ms = rows.optional_i64(row, 7);
  return attempt;
}

}  // namespace marquee::postgres
