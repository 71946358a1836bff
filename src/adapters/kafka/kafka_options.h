#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/tls_files.h"
#include "ports/fold_origin.h"

namespace marquee::kafka {

/// Where the topic is and how it is used:
///
///     kafka://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...]/TOPIC[?NAME=VALUE&...]
///
/// The defaults are what each NAME, the field's own, means when it is left out.
struct KafkaOptions {
  std::string brokers;  ///< "host:port,host:port"; the port is 9092 where it is left out
  std::string topic;
  std::string user;  ///< empty: no authentication
  std::string password;

  // Of a topic that is made; one that is there keeps what it has.
  std::int32_t partitions = 4;
  std::int32_t replication = 1;
  std::chrono::milliseconds retention{7LL * 24 * 3'600'000};  ///< "retention_ms"
  std::int32_t min_insync_replicas = 0;  ///< 0: 2 when there are 3 replicas or more, else 1
  std::int32_t flush_messages = 0;       ///< 1: the broker syncs every message; 0: its default

  std::string compression = "lz4";      ///< none, gzip, snappy, lz4 or zstd
  std::chrono::milliseconds linger{0};  ///< "linger_ms": waits so long to fill a batch
  std::int32_t in_flight = 1;           ///< requests to a broker at once; more where it is far away
  std::chrono::milliseconds delivery_timeout{2'000};  ///< "delivery_timeout_ms"
  std::size_t queue_events = 8'192;                   ///< unacknowledged; more are refused
  std::size_t readers = 8;                            ///< consumers kept open at once

  std::string group = "marquee-speed";
  /// "session_timeout_ms": a member that is silent for so long is replaced. Brokers take no less
  /// than 6 s as they come.
  std::chrono::milliseconds session_timeout{10'000};

  bool tls = false;
  TlsFiles tls_files;                    ///< "ca_file", "cert_file", "key_file"; with tls
  std::string sasl_mechanism = "PLAIN";  ///< or SCRAM-SHA-256, SCRAM-SHA-512; with a user

  /// How long the cluster may take to answer what the start asks.
  std::chrono::milliseconds answer_timeout{10'000};

  /// What was folded before, when anything was.
  std::optional<LogOrigin> expected;

  /// kInvalidArgument naming the part or parameter that is wrong.
  static Result<KafkaOptions> parse(std::string_view uri);
  /// For messages: "kafka://host:port/topic", without the password.
  std::string to_string() const;
};

}  // namespace marquee::kafka
