#pragma once

#include <string>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"
#include "base/result.h"
#include "ports/run_store.h"

namespace marquee::postgres {

/// The columns of `runs` as read_run() wants them, its place in the list first.
inline constexpr const char* kRunColumns =
    "place, run_id, pipeline, logical_date, run_trigger, status, params::text, cancel_requested, "
    "round, detail, created_at, due_at, started_at, ended_at";
/// The columns of `run_stages` as read_stage() wants them.
inline constexpr const char* kStageColumns =
    "stage, attempt, round, status, exit_code, detail, started_at, ended_at";

/// Every column of `runs` but its place, $1 to $13.
Parameters run_parameters(const Run& run);
/// kDataLoss for a status that nobody wrote.
Result<Run> read_run(const Rows& rows, int row);

/// The run's id, then every column of kStageColumns: $1 to $9.
Parameters stage_parameters(const std::string& run_id, const StageAttempt& attempt);
Result<StageAttempt> read_stage(const Rows& rows, int row);

}  // namespace marquee::postgres
