#pragma once

#include <cstdint>
#include <optional>

#include "adapters/kafka/client.h"
#include "adapters/kafka/connection_errors.h"
#include "adapters/kafka/kafka_options.h"
#include "base/result.h"
#include "ports/event_log.h"

namespace marquee::kafka {

/// The topic as it stands on the cluster.
struct TopicFacts {
  LogOrigin identity;
  Durability durability = Durability::kProcess;
  bool made = false;  ///< it was absent
};

/// Looks at the topic and makes it when it is absent. `client` is a consumer, whose questions make
/// no topics by themselves; `errors` listens to it.
///
/// kUnavailable when no broker answers within options.answer_timeout; kPermissionDenied as soon as
/// brokers and client do not let each other in; kDataLoss when
/// options.expected names another topic, another cluster or another number of partitions, or when
/// the topic is gone; kInvalidArgument when the cluster refuses what the options ask of a new
/// topic.
///
/// Durability is kPower when the broker syncs every message (flush.messages=1), or when an
/// acknowledgement needs two of at least two replicas; kProcess also when the cluster does not say.
Result<TopicFacts> prepare_topic(rd_kafka_t* client, ConnectionErrors& errors,
                                 const KafkaOptions& options);

/// What a topic of `replication` replicas under these settings of its own promises.
Durability durability_of(std::int64_t flush_messages, std::int64_t min_insync_replicas,
                         std::int32_t replication);

/// kDataLoss naming both and saying what to do, unless `found` is what was folded before.
Result<void> check_identity(const LogOrigin& found, const std::optional<LogOrigin>& expected,
                            const KafkaOptions& options);

}  // namespace marquee::kafka
