#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_options.h"
#include "base/result.h"
#include "ports/partition_group.h"

namespace marquee::kafka {

/// Membership in the Kafka consumer group `options.group`. The member subscribes to the topic, so
/// that the group's coordinator gives it partitions, but consumes none of them: reading is the
/// event log's, from positions of its own. One thread polls, as the group's protocol demands.
///
/// The rebalances are eager (every member gives everything back and gets its new share), but what
/// was given back shows only when the new share is known: meanwhile the member may go on, since the
/// store's claims (ports/partition_claims.h) decide who folds. Only a member that the group has
/// dropped has nothing at once.
class KafkaPartitionGroup final : public PartitionGroup {
 public:
  /// Joins, without waiting for a share. The topic must be there. kInvalidArgument for settings
  /// that librdkafka refuses.
  static Result<std::unique_ptr<KafkaPartitionGroup>> join(const KafkaOptions& options);
  /// Leaves the group.
  ~KafkaPartitionGroup() override;

  PartitionAssignment assignment() const override;
  PartitionAssignment wait_for_change(std::uint64_t seen,
                                      std::chrono::milliseconds wait) const override;
  /// Looked at every kProbeEvery. kUnavailable while no broker answers, or the member has no share
  /// because it was dropped.
  Result<void> health() const override;

  static constexpr std::chrono::milliseconds kProbeEvery{1'000};

 private:
  explicit KafkaPartitionGroup(KafkaOptions options);
  Result<void> subscribe();
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void take_share(const rd_kafka_topic_partition_list_t& partitions);
  void lose_share();
  void show(std::vector<std::int32_t> partitions, Result<void> health);
  void run(const std::stop_token& stop);
  void probe();

  const KafkaOptions options_;
  Client client_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  PartitionAssignment assignment_;
  Result<void> member_;     ///< whether the group has us
  Result<void> reachable_;  ///< whether a broker answers
  std::jthread thread_;
};

}  // namespace marquee::kafka
