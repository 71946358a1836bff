#include "adapters/kafka/kafka_event_log.h"

#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "adapters/kafka/mock_cluster_fixture.h"
#include "ports/contract/event_log_contract.h"

namespace marquee::kafka {
namespace {

using testing::EventLogGuarantees;
using testing::ManualClock;

/// A topic of `kPartitions` on the mock cluster, for the contract.
template <int kPartitions>
class MockTopicHarness {
 public:
  static constexpr EventLogGuarantees kGuarantees{.recognises_repeats = false, .one_clock = false};

  MockTopicHarness() : cluster_(kPartitions) { restart(); }
  EventLog& log() { return *log_; }
  ManualClock& clock() { return clock_; }
  void restart() {
    log_.reset();
    KafkaOptions options = cluster_.options();
    options.queue_events = queue_events_max();
    options.delivery_timeout = std::chrono::seconds(10);  // what is stalled outlasts a slow machine
    auto opened = KafkaEventLog::open(options, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = *std::move(opened);
  }
  void stall() { cluster_.take_down(); }
  void go_on() { cluster_.bring_up(); }
  void break_writes() {
    cluster_.answer_next(MockCluster::kProduce, 1'000, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  }
  /// The broker checks what it has before it sends it.
  void damage_first() {
    cluster_.answer_next(MockCluster::kFetch, 1'000, RD_KAFKA_RESP_ERR_INVALID_MSG);
  }
  std::size_t queue_events_max() const { return 1'000; }

 private:
  MockCluster cluster_;
  ManualClock clock_;
  std::unique_ptr<KafkaEventLog> log_;
};

}  // namespace
}  // namespace marquee::kafka

namespace marquee::testing {
using MockTopics = ::testing::Types<kafka::MockTopicHarness<1>, kafka::MockTopicHarness<4>>;
INSTANTIATE_TYPED_TEST_SUITE_P(MockTopic, EventLogContract, MockTopics);
}  // namespace marquee::testing
