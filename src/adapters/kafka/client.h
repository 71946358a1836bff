#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "base/result.h"

namespace marquee::kafka {

/// Owns a C handle that `Destroy` gives back.
template <typename Handle, auto Destroy>
struct HandleDeleter {
  void operator()(Handle* handle) const { Destroy(handle); }
};
template <typename Handle, auto Destroy>
using Owned = std::unique_ptr<Handle, HandleDeleter<Handle, Destroy>>;

using Client = Owned<rd_kafka_t, rd_kafka_destroy>;
using ClientError = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using Config = Owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using TopicConfig = Owned<rd_kafka_topic_conf_t, rd_kafka_topic_conf_destroy>;
using Topic = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using PartitionList = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Headers = Owned<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using Metadata = Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using QueueEvent = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using ConfigResource = Owned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

/// `code` as an error of ours: "WHAT: Broker: Not enough in-sync replicas".
///
///   kInvalidArgument     a message too large, an option the cluster refuses
///   kPermissionDenied    authentication or authorization
///   kDataLoss            a stored message whose checksum fails
///   kFailedPrecondition  a position outside of the log, a topic or partition that is not there
///   kUnavailable         everything else: the broker may answer later
Error error_of(rd_kafka_resp_err_t code, std::string_view what);
Error error_of(const rd_kafka_error_t& error, std::string_view what);

}  // namespace marquee::kafka
