#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "ports/profile_store.h"

namespace marquee {

/// Where one partition's fold stands.
struct PartitionPosition {
  std::int32_t partition = 0;
  std::uint64_t next = 0;  ///< the sequence that is folded next
  FoldTotals totals;       ///< what became of the partition's events so far

  bool operator==(const PartitionPosition&) const = default;
};

/// The fence between processes that fold the same log. Which of them should fold a partition is the
/// consumer group's business (ports/partition_group.h), but a member that was paused may believe in
/// an assignment that has passed; so the store that holds the cursor has the last word.
///
/// Contract: ports/contract/partition_claims_contract.h. Threads: as ProfileStore::apply().
class PartitionClaims {
 public:
  PartitionClaims() = default;
  PartitionClaims(const PartitionClaims&) = delete;
  PartitionClaims& operator=(const PartitionClaims&) = delete;
  virtual ~PartitionClaims() = default;

  /// Takes `partitions` for this store object, giving back those it had, and returns where they
  /// stand, in the same order. apply() of whoever claimed one of them before fails with
  /// kFailedPrecondition from now on. An empty span gives all back. After an error nothing is
  /// claimed: claim again.
  ///
  /// From the first claim on this object's apply() takes steps of one claimed partition each, whose
  /// cursors and totals are that partition's alone: so two members never wait for one row.
  /// kInvalidArgument for a step of none or of several, kFailedPrecondition for one of a partition
  /// that is not claimed. Claims outlive ProfileStore::reset(), their positions do not.
  virtual Result<std::vector<PartitionPosition>> claim(
      std::span<const std::int32_t> partitions) = 0;

  /// ProfileStore::apply() of one step each of several claimed partitions, whole or not at all: one
  /// transaction costs little more than the step of one partition. No viewer is in two of them, and
  /// no partition.
  virtual Result<void> apply_together(std::span<const FoldBatch> steps) = 0;
};

}  // namespace marquee
