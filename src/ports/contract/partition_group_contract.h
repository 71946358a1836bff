#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ports/partition_group.h"

namespace marquee::testing {

/// What every PartitionGroup must do. `Harness` is default-constructible with a group that has no
/// members and has
///   std::unique_ptr<PartitionGroup> join();      a further member
///   std::vector<std::int32_t> partitions();      all there are to share, two or more, ascending
template <typename Harness>
class PartitionGroupContract : public ::testing::Test {
 protected:
  using Partitions = std::vector<std::int32_t>;
  static constexpr std::chrono::seconds kSoon{60};

  /// Waits until the shares of `members` are all the partitions, each once, and everybody has one.
  bool settle(const std::vector<const PartitionGroup*>& members) {
    const auto deadline = std::chrono::steady_clock::now() + kSoon;
    while (std::chrono::steady_clock::now() < deadline) {
      Partitions shared;
      bool everybody = true;
      for (const PartitionGroup* member : members) {
        const Partitions share = member->assignment().partitions;
        everybody = everybody && !share.empty();
        shared.insert(shared.end(), share.begin(), share.end());
      }
      std::sort(shared.begin(), shared.end());
      if (everybody && shared == harness_.partitions()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(PartitionGroupContract);

TYPED_TEST_P(PartitionGroupContract, TheOnlyMemberHasEverything) {
  const auto member = this->harness_.join();
  ASSERT_TRUE(this->settle({member.get()}));
  EXPECT_GT(member->assignment().generation, 0U);
  EXPECT_TRUE(member->health().ok());
}

TYPED_TEST_P(PartitionGroupContract, TwoMembersShareWithoutOverlap) {
  const auto first = this->harness_.join();
  ASSERT_TRUE(this->settle({first.get()}));
  const std::uint64_t alone = first->assignment().generation;
  const auto second = this->harness_.join();
  ASSERT_TRUE(this->settle({first.get(), second.get()}));
  EXPECT_GT(first->assignment().generation, alone);
  for (const auto& member : {first.get(), second.get()}) {
    const auto share = member->assignment().partitions;
    EXPECT_TRUE(std::is_sorted(share.begin(), share.end()));
  }
}

TYPED_TEST_P(PartitionGroupContract, AMemberThatLeavesHandsOver) {
  const auto first = this->harness_.join();
  auto second = this->harness_.join();
  ASSERT_TRUE(this->settle({first.get(), second.get()}));
  const std::uint64_t shared = first->assignment().generation;
  second.reset();
  ASSERT_TRUE(this->settle({first.get()}));
  EXPECT_GT(first->assignment().generation, shared);
}

TYPED_TEST_P(PartitionGroupContract, AWaitEndsWithTheChange) {
  const auto first = this->harness_.join();
  ASSERT_TRUE(this->settle({first.get()}));
  PartitionAssignment seen = first->assignment();
  const auto second = this->harness_.join();
  const auto changed = first->wait_for_change(seen.generation, this->kSoon);
  EXPECT_GT(changed.generation, seen.generation);
}

TYPED_TEST_P(PartitionGroupContract, AWaitWithoutAChangeEndsInTime) {
  const auto member = this->harness_.join();
  ASSERT_TRUE(this->settle({member.get()}));
  const PartitionAssignment seen = member->assignment();
  EXPECT_EQ(member->wait_for_change(seen.generation, std::chrono::milliseconds(5)), seen);
  EXPECT_EQ(member->wait_for_change(seen.generation - 1, this->kSoon), seen) << "at once";
}

REGISTER_TYPED_TEST_SUITE_P(PartitionGroupContract, TheOnlyMemberHasEverything,
                            TwoMembersShareWithoutOverlap, AMemberThatLeavesHandsOver,
                            AWaitEndsWithTheChange, AWaitWithoutAChangeEndsInTime);

}  // namespace marquee::testing
