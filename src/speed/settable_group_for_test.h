#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ports/partition_group.h"

namespace marquee::speed {

/// A group whose word is the test's.
class SettableGroup final : public PartitionGroup {
 public:
  void assign(std::vector<std::int32_t> partitions) {
    ++assigned_.generation;
    assigned_.partitions = std::move(partitions);
  }
  PartitionAssignment assignment() const override { return assigned_; }
  PartitionAssignment wait_for_change(std::uint64_t, std::chrono::milliseconds) const override {
    return assigned_;
  }
  Result<void> health() const override { return {}; }

 private:
  PartitionAssignment assigned_;
};

}  // namespace marquee::speed
