#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_options.h"
#include "base/result.h"

namespace marquee::kafka {

/// The settings of one client of the cluster (librdkafka's CONFIGURATION.md), with those that all
/// of ours share made already: brokers, authentication, quick reconnects, log lines through
/// telemetry.
class ClientConfig {
 public:
  explicit ClientConfig(const KafkaOptions& options);

  /// The first setting that is refused makes make_*() fail.
  ClientConfig& set(const char* name, const std::string& value);
  /// For callbacks; owned by this.
  rd_kafka_conf_t* get() { return config_.get(); }

  Result<Client> make_producer() &&;
  /// `group` is required by assign(), which ours use without ever committing or joining.
  Result<Client> make_consumer(const std::string& group) &&;

 private:
  void set_tls(const TlsFiles& files);
  Result<Client> make(rd_kafka_type_t type);

  Config config_;
  Result<void> valid_;
};

/// The list of `partitions` of `topic`, their offsets unset.
PartitionList partition_list(const std::string& topic, std::span<const std::int32_t> partitions);

}  // namespace marquee::kafka
