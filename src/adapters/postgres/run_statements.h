#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "adapters/postgres/database.h"
#include "ports/run_store.h"

namespace marquee::postgres {

// The statements behind PostgresRunStore's writes, with the errors of RunStore; each inside of the
// caller's transaction, which has the lease's row locked and its token compared.

/// The lease, its row locked until the transaction ends; none when none was ever given out.
Result<std::optional<Lease>> lock_lease(PostgresTransaction& transaction);
std::optional<Lease> read_lease(const Rows& rows);
Statement set_lease(const Lease& lease);
/// The locked lease if `token` is its token; fenced() otherwise.
Result<Lease> lock_lease_of(PostgresTransaction& transaction, std::uint64_t token);

Result<void> insert_run(PostgresTransaction& transaction, const Run& run);
Result<void> replace_run(PostgresTransaction& transaction, const Run& run);
/// Keeps the place of an attempt that is there already.
Result<void> upsert_stage(PostgresTransaction& transaction, const std::string& run_id,
                          const StageAttempt& attempt);
Result<void> insert_lines(PostgresTransaction& transaction, const std::string& run_id,
                          std::span<const RunLogLine> lines);
Statement set_dealt_until(const std::string& pipeline, std::int64_t ms);
Result<void> prune_runs(PostgresTransaction& transaction, const std::string& pipeline,
                        std::size_t keep);

}  // namespace marquee::postgres
