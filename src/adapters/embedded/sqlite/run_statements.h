#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "adapters/embedded/sqlite/connection.h"
#include "ports/run_store.h"

namespace marquee::embedded {

// The statements behind SqliteRunStore, with the errors of RunStore; those that write, each inside
// the caller's transaction, which has compared the token.

Result<std::optional<Run>> find_run(SqliteConnection& connection, const std::string& run_id);
Result<std::optional<Run>> find_active(SqliteConnection& connection, const std::string& pipeline);

Result<void> insert_run(SqliteConnection& writer, const Run& run);
Result<void> replace_run(SqliteConnection& writer, const Run& run);
/// Keeps the place of an attempt that is there already.
Result<void> upsert_stage(SqliteConnection& writer, const std::string& run_id,
                          const StageAttempt& attempt);
Result<void> insert_lines(SqliteConnection& writer, const std::string& run_id,
                          std::span<const RunLogLine> lines);
Result<void> write_dealt_until(SqliteConnection& writer, const std::string& pipeline,
                               std::int64_t ms);
Result<void> prune_runs(SqliteConnection& writer, const std::string& pipeline, std::size_t keep);

}  // namespace marquee::embedded
