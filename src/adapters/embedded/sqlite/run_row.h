#pragma once

#include <string_view>

#include "adapters/embedded/sqlite/connection.h"
#include "ports/run_store.h"

namespace marquee::embedded {

/// Binds every column of `runs` but its place in the list.
void bind_run(SqliteQuery& query, const Run& run);
/// The run in a row of SELECT * FROM runs. kDataLoss for a status that nobody wrote.
Result<Run> read_run(const SqliteQuery& row);

/// Binds every column of `run_stages` from `stage` on.
void bind_stage(SqliteQuery& query, const StageAttempt& attempt);
/// The attempt in a row that begins with these columns.
Result<StageAttempt> read_stage(const SqliteQuery& row);

}  // namespace marquee::embedded
