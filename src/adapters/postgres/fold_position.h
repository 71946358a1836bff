#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "adapters/postgres/database.h"
#include "base/result.h"
#include "ports/fold_changes.h"
#include "ports/partition_claims.h"
#include "ports/profile_store.h"

namespace marquee::postgres {

// Where the fold stands: `cursors`, `fold_totals` and `fold_rebuilds`, consumer 'speed'.

/// Partition → epoch, as this store object claimed them.
using Claims = std::map<std::int32_t, std::int64_t>;

/// Reads all of it with one statement, and so from one snapshot.
Statement position_statement();
FoldPosition read_position(const Rows& rows);

/// Compares and moves the cursor of an unclaimed step, and puts the totals that no claimed
/// partition has on partition -1. Keeps every other fold out until the transaction ends.
/// kFailedPrecondition when `before` is not where the cursors are.
Result<void> move_cursor(PostgresTransaction& transaction, const FoldBatch& batch);

/// kInvalidArgument unless each step is of one partition and no two of the same,
/// kFailedPrecondition when one of them is not claimed.
Result<void> check_claimed(std::span<const FoldBatch> steps, const Claims& claims);

/// The same as move_cursor() of checked steps of claimed partitions; waits for nobody but an older
/// claimant of one of them. kFailedPrecondition when somebody else has claimed one since.
Result<void> move_claimed_cursors(PostgresTransaction& transaction,
                                  std::span<const FoldBatch> steps, const Claims& claims);

/// Takes the partitions, in ascending order whatever theirs is, and says where they stand.
Result<std::vector<PartitionPosition>> claim_partitions(PostgresTransaction& transaction,
                                                        std::span<const std::int32_t> partitions,
                                                        Claims& claims);

/// Back to the start; claims stay, rebuilds grow.
Result<void> reset_position(PostgresTransaction& transaction);

}  // namespace marquee::postgres
