// The ports' contracts on a real broker: a topic, and a group, for each test.

#include <memory>

#include <gtest/gtest.h>

#include "adapters/kafka/kafka_event_log.h"
#include "adapters/kafka/kafka_partition_group.h"
#include "environment.h"
#include "ports/contract/event_log_contract.h"
#include "ports/contract/partition_group_contract.h"
#include "stack_kafka.h"

namespace marquee::testing {
namespace {

template <int kPartitions>
class TopicHarness {
 public:
  static constexpr EventLogGuarantees kGuarantees{.recognises_repeats = false, .one_clock = false};

  TopicHarness() { restart(); }
  EventLog& log() { return *log_; }
  ManualClock& clock() { return clock_; }
  void restart() {
    log_.reset();
    auto opened = kafka::KafkaEventLog::open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = *std::move(opened);
  }
  void stall() { broker_.pause(); }
  void go_on() { broker_.resume(); }
  /// Every message waits 20 ms to be sent and is then too old.
  void break_writes() { broker_.configure(options_, "message.timestamp.before.max.ms", "1"); }
  void damage_first() {
    for (int partition = 0; partition < kPartitions; ++partition) {
      if (log_->end().next(partition) > 0) broker_.damage(options_.topic, partition);
    }
  }
  std::size_t queue_events_max() const { return 1'000; }

 private:
  StackKafka broker_;
  const kafka::KafkaOptions options_ = broker_.options(
      unique_name(), "linger_ms=20&queue_events=1000&partitions=" + std::to_string(kPartitions));
  ManualClock clock_;
  std::unique_ptr<kafka::KafkaEventLog> log_;
};
using Topics = ::testing::Types<TopicHarness<1>, TopicHarness<4>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, EventLogContract, Topics);

class GroupHarness {
 public:
  GroupHarness() {
    const ManualClock clock;
    EXPECT_TRUE(kafka::KafkaEventLog::open(options_, clock).ok()) << "makes the topic";
  }
  std::vector<std::int32_t> partitions() const { return {0, 1, 2, 3}; }
  std::unique_ptr<PartitionGroup> join() {
    auto joined = kafka::KafkaPartitionGroup::join(options_);
    EXPECT_TRUE(joined.ok()) << joined.error().message;
    return joined.ok() ? *std::move(joined) : nullptr;
  }

 private:
  StackKafka broker_;
  const kafka::KafkaOptions options_ =
      broker_.options(unique_name(), "session_timeout_ms=6000&group=" + unique_name());
};
INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, PartitionGroupContract, GroupHarness);

}  // namespace
}  // namespace marquee::testing
