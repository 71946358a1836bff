#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "ports/partition_group.h"

namespace marquee::testing {

/// A membership whose share is what the test says. Thread-safe.
class FakePartitionGroup final : public PartitionGroup {
 public:
  FakePartitionGroup() = default;
  explicit FakePartitionGroup(std::vector<std::int32_t> partitions) {
    assign(std::move(partitions));
  }

  /// A new generation.
  void assign(std::vector<std::int32_t> partitions) {
    {
      const std::lock_guard lock(mutex_);
      ++assignment_.generation;
      assignment_.partitions = std::move(partitions);
    }
    changed_.notify_all();
  }
  void set_health(Result<void> health) {
    const std::lock_guard lock(mutex_);
    health_ = std::move(health);
  }

  PartitionAssignment assignment() const override {
    const std::lock_guard lock(mutex_);
    return assignment_;
  }
  PartitionAssignment wait_for_change(std::uint64_t seen,
                                      std::chrono::milliseconds wait) const override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return assignment_.generation != seen; });
    return assignment_;
  }
  Result<void> health() const override {
    const std::lock_guard lock(mutex_);
    return health_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  PartitionAssignment assignment_;
  Result<void> health_;
};

}  // namespace marquee::testing
