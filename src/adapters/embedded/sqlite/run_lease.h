#pragma once

#include "adapters/embedded/sqlite/connection.h"
#include "ports/run_store.h"

namespace marquee::embedded {

// The one row of `run_lease`; each inside the caller's transaction.

/// The last lease given out.
Result<std::optional<Lease>> read_lease(SqliteConnection& connection);
Result<void> write_lease(SqliteConnection& writer, const Lease& lease);
/// RunStore::acquire().
Result<std::optional<Lease>> take_lease(SqliteConnection& writer, const std::string& holder,
                                        std::int64_t ttl_ms, std::int64_t now_ms);
/// The lease, when `token` is the newest one given out; kFailedPrecondition otherwise.
Result<Lease> lease_of(SqliteConnection& writer, std::uint64_t token);

}  // namespace marquee::embedded
