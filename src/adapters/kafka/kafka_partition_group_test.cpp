#include "adapters/kafka/kafka_partition_group.h"

#include <gtest/gtest.h>

#include "adapters/kafka/mock_cluster_fixture.h"
#include "ports/contract/partition_group_contract.h"

namespace marquee::kafka {
namespace {

constexpr int kPartitions = 4;

KafkaOptions quick(const MockCluster& cluster) {
  KafkaOptions options = cluster.options();
  options.session_timeout = std::chrono::milliseconds(6'000);
  return options;
}

class MockGroupHarness {
 public:
  MockGroupHarness() : cluster_(kPartitions) {}
  std::vector<std::int32_t> partitions() const { return {0, 1, 2, 3}; }
  std::unique_ptr<PartitionGroup> join() {
    auto joined = KafkaPartitionGroup::join(quick(cluster_));
    EXPECT_TRUE(joined.ok()) << joined.error().message;
    return joined.ok() ? *std::move(joined) : nullptr;
  }

 private:
  MockCluster cluster_;
};

}  // namespace
}  // namespace marquee::kafka

namespace marquee::testing {
INSTANTIATE_TYPED_TEST_SUITE_P(MockGroup, PartitionGroupContract, kafka::MockGroupHarness);
}  // namespace marquee::testing
