#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace marquee {

/// What a member of a consumer group should fold. `generation` grows with every change.
struct PartitionAssignment {
  std::uint64_t generation = 0;
  std::vector<std::int32_t> partitions;  ///< ascending; empty while there is nothing to do

  bool operator==(const PartitionAssignment&) const = default;
};

/// This process's membership in the consumer group that folds the log: each partition has one
/// member by the group's own view. Membership lasts as long as the object and ends with it, so that
/// the others take over at once; that of a killed process ends with its session.
///
/// Contract: ports/contract/partition_group_contract.h. Threads: any.
class PartitionGroup {
 public:
  PartitionGroup() = default;
  PartitionGroup(const PartitionGroup&) = delete;
  PartitionGroup& operator=(const PartitionGroup&) = delete;
  virtual ~PartitionGroup() = default;

  virtual PartitionAssignment assignment() const = 0;
  /// The assignment as soon as its generation is not `seen`, or as it is after `wait`.
  virtual PartitionAssignment wait_for_change(std::uint64_t seen,
                                              std::chrono::milliseconds wait) const = 0;
  /// Ok while the group can be reached; else why not.
  virtual Result<void> health() const = 0;
};

}  // namespace marquee
