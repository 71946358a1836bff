#include "adapters/kafka/kafka_partition_group.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "adapters/kafka/client_config.h"
#include "telemetry/log.h"

namespace marquee::kafka {
namespace {

constexpr int kGroupPollMs = 100;
constexpr int kProbeTimeoutMs = 500;

std::string milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()); }

}  // namespace

Result<std::unique_ptr<KafkaPartitionGroup>> KafkaPartitionGroup::join(
    const KafkaOptions& options) {
  std::unique_ptr<KafkaPartitionGroup> group(
      new KafkaPartitionGroup(options));  // NOLINT: private constructor
  MARQUEE_CHECK(group->subscribe());
  group->thread_ =
      std::jthread([raw = group.get()](const std::stop_token& stop) { raw->run(stop); });
  return group;
}

KafkaPartitionGroup::KafkaPartitionGroup(KafkaOptions options) : options_(std::move(options)) {}

KafkaPartitionGroup::~KafkaPartitionGroup() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Result<void> KafkaPartitionGroup::subscribe() {
  ClientConfig config(options_);
  config.set("partition.assignment.strategy", "range");
  config.set("session.timeout.ms", milliseconds(options_.session_timeout));
  // Members learn of a rebalance by the answer to a heartbeat.
  config.set("heartbeat.interval.ms", milliseconds(std::min(options_.session_timeout / 6,
                                                            std::chrono::milliseconds(1'000))));
  // How long the others wait in a rebalance for a member that does not come.
  config.set("max.poll.interval.ms", milliseconds(options_.session_timeout));
  rd_kafka_conf_set_rebalance_cb(config.get(), on_rebalance);
  rd_kafka_conf_set_opaque(config.get(), this);
  MARQUEE_TRY(client_, std::move(config).make_consumer(options_.group));
  rd_kafka_poll_set_consumer(client_.get());
  const std::int32_t any = RD_KAFKA_PARTITION_UA;
  const PartitionList topics = partition_list(options_.topic, std::span(&any, 1));
  const auto code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, options_.to_string());
  return {};
}

void KafkaPartitionGroup::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                                       rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& group = *static_cast<KafkaPartitionGroup*>(opaque);
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    // Nothing is consumed here: to the client its share is empty, to the group it is not.
    const PartitionList nothing = partition_list(group.options_.topic, {});
    rd_kafka_assign(client, nothing.get());
    group.take_share(*partitions);
    return;
  }
  const bool lost = rd_kafka_assignment_lost(client) != 0;
  rd_kafka_assign(client, nullptr);
  if (lost) group.lose_share();
}

void KafkaPartitionGroup::take_share(const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<std::int32_t> share;
  for (int i = 0; i < partitions.cnt; ++i) share.push_back(partitions.elems[i].partition);
  std::sort(share.begin(), share.end());
  show(std::move(share), {});
}

void KafkaPartitionGroup::lose_share() {
  show({},
       Error{ErrorCode::kUnavailable,
             fmt::format("the group {} has dropped this member, it joins again", options_.group)});
}

void KafkaPartitionGroup::show(std::vector<std::int32_t> partitions, Result<void> health) {
  telemetry::log(telemetry::Level::kInfo, "events",
                 fmt::format("group {}: this member has the partitions [{}]", options_.group,
                             fmt::join(partitions, ", ")));
  {
    const std::lock_guard lock(mutex_);
    ++assignment_.generation;
    assignment_.partitions = std::move(partitions);
    member_ = std::move(health);
  }
  changed_.notify_all();
}

/// The thread that polls: a member that does not is dropped.
void KafkaPartitionGroup::run(const std::stop_token& stop) {
  auto probed_at = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    // Only errors come this way; librdkafka mends them, and probe() tells of them.
    const Message ignored(rd_kafka_consumer_poll(client_.get(), kGroupPollMs));
    if (std::chrono::steady_clock::now() - probed_at < kProbeEvery) continue;
    probe();
    probed_at = std::chrono::steady_clock::now();
  }
  rd_kafka_consumer_close(client_.get());
}

void KafkaPartitionGroup::probe() {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(client_.get(), 0, nullptr, &raw, kProbeTimeoutMs);
  const Metadata metadata(raw);
  const std::lock_guard lock(mutex_);
  reachable_ = {};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    reachable_ = error_of(code, fmt::format("the group {}", options_.group));
  }
}

PartitionAssignment KafkaPartitionGroup::assignment() const {
  const std::lock_guard lock(mutex_);
  return assignment_;
}

PartitionAssignment KafkaPartitionGroup::wait_for_change(std::uint64_t seen,
                                                         std::chrono::milliseconds wait) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [&] { return assignment_.generation != seen; });
  return assignment_;
}

Result<void> KafkaPartitionGroup::health() const {
  const std::lock_guard lock(mutex_);
  if (!reachable_.ok()) return reachable_;
  return member_;
}

}  // namespace marquee::kafka
