#include "adapters/kafka/client_config.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <syslog.h>

#include "telemetry/log.h"

namespace marquee::kafka {
namespace {

void write_log_line(const rd_kafka_t*, int level, const char* facility, const char* text) {
  using telemetry::Level;
  const Level ours =
      level <= LOG_ERR ? Level::kError : (level <= LOG_WARNING ? Level::kWarning : Level::kInfo);
  telemetry::log(ours, "kafka", fmt::format("{}: {}", facility, text));
}

std::string security_protocol(const KafkaOptions& options) {
  if (options.user.empty()) return options.tls ? "ssl" : "plaintext";
  return options.tls ? "sasl_ssl" : "sasl_plaintext";
}

}  // namespace

ClientConfig::ClientConfig(const KafkaOptions& options) : config_(rd_kafka_conf_new()) {
  set("bootstrap.servers", options.brokers).set("client.id", "marquee");
  set("security.protocol", security_protocol(options));
  if (options.tls) set_tls(options.tls_files);
  if (!options.user.empty()) {
    set("sasl.mechanism", options.sasl_mechanism);
    set("sasl.username", options.user).set("sasl.password", options.password);
  }
  // A broker that is back is found in under a second; one that hangs is given up after six.
  set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "500");
  set("socket.timeout.ms", "6000").set("socket.connection.setup.timeout.ms", "3000");
  set("socket.keepalive.enable", "true").set("socket.nagle.disable", "true");
  // How soon a topic that was made again, or a leader that moved, is noticed.
  set("topic.metadata.refresh.interval.ms", "10000");
  set("log_level", std::to_string(LOG_WARNING));
  rd_kafka_conf_set_log_cb(config_.get(), write_log_line);
}

/// That the certificate is the host's is librdkafka's default
/// (ssl.endpoint.identification.algorithm).
void ClientConfig::set_tls(const TlsFiles& files) {
  if (auto checked = files.check(); !checked.ok()) {
    valid_ = checked.error().with_context("the event log's URI");
    return;
  }
  if (!files.ca_file.empty()) set("ssl.ca.location", files.ca_file);
  if (files.cert_file.empty()) return;
  set("ssl.certificate.location", files.cert_file).set("ssl.key.location", files.key_file);
}

ClientConfig& ClientConfig::set(const char* name, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(config_.get(), name, value.c_str(), why.data(), why.size()) !=
          RD_KAFKA_CONF_OK &&
      valid_.ok()) {
    valid_ = Error{ErrorCode::kInvalidArgument, fmt::format("librdkafka: {}", why.data())};
  }
  return *this;
}

Result<Client> ClientConfig::make_producer() && { return make(RD_KAFKA_PRODUCER); }

Result<Client> ClientConfig::make_consumer(const std::string& group) && {
  set("group.id", group).set("enable.auto.commit", "false");
  set("enable.auto.offset.store", "false").set("allow.auto.create.topics", "false");
  return make(RD_KAFKA_CONSUMER);
}

Result<Client> ClientConfig::make(rd_kafka_type_t type) {
  MARQUEE_CHECK(valid_);
  std::array<char, 512> why{};
  Client client(rd_kafka_new(type, config_.get(), why.data(), why.size()));
  if (client == nullptr) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("librdkafka: {}", why.data())};
  }
  (void)config_.release();  // the client's now
  return client;
}

PartitionList partition_list(const std::string& topic, std::span<const std::int32_t> partitions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const std::int32_t partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  }
  return list;
}

}  // namespace marquee::kafka
