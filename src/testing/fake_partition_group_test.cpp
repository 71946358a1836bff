#include "testing/fake_partition_group.h"

#include <functional>

#include "ports/contract/partition_group_contract.h"

namespace marquee::testing {
namespace {

/// Shares the partitions out over its members, as a group's coordinator does.
class FakeGroupHarness {
 public:
  std::vector<std::int32_t> partitions() const { return {0, 1, 2, 3}; }

  std::unique_ptr<PartitionGroup> join() {
    auto member = std::make_unique<Member>(*this);
    members_.push_back(&member->fake);
    share_out();
    return member;
  }

 private:
  struct Member final : PartitionGroup {
    explicit Member(FakeGroupHarness& in) : group(in) {}
    ~Member() override {
      std::erase(group.members_, &fake);
      group.share_out();
    }
    PartitionAssignment assignment() const override { return fake.assignment(); }
    PartitionAssignment wait_for_change(std::uint64_t seen,
                                        std::chrono::milliseconds wait) const override {
      return fake.wait_for_change(seen, wait);
    }
    Result<void> health() const override { return fake.health(); }

    FakeGroupHarness& group;
    FakePartitionGroup fake;
  };

  void share_out() {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      std::vector<std::int32_t> share;
      for (std::size_t p = i; p < partitions().size(); p += members_.size()) {
        share.push_back(partitions()[p]);
      }
      members_[i]->assign(std::move(share));
    }
  }

  std::vector<FakePartitionGroup*> members_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, PartitionGroupContract, FakeGroupHarness);

TEST(FakePartitionGroup, HasNothingBeforeTheTestSaysSo) {
  const FakePartitionGroup group;
  EXPECT_EQ(group.assignment(), PartitionAssignment{});
}

TEST(FakePartitionGroup, SaysTheHealthItWasGiven) {
  FakePartitionGroup group({0});
  EXPECT_TRUE(group.health().ok());
  group.set_health(Error{ErrorCode::kUnavailable, "away"});
  EXPECT_EQ(group.health().error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace marquee::testing
