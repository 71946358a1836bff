#include "adapters/kafka/kafka_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/service_uri.h"

namespace marquee::kafka {
namespace {

constexpr std::uint16_t kDefaultPort = 9092;
constexpr std::size_t kTopicLengthMax = 249;  // Kafka's own limit (org.apache.kafka Topic.java)

Error wrong(std::string_view name, std::string_view what) {
  return {ErrorCode::kInvalidArgument, fmt::format("the event log's URI: {} {}", name, what)};
}

/// The brokers behind the first: ServiceUri knows one host. Takes them out of `uri`.
std::string take_further_brokers(std::string& uri) {
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string::npos) return {};
  std::size_t end = std::min(uri.find_first_of("/?", scheme + 3), uri.size());
  std::size_t begin = uri.rfind('@', end - 1);
  if (begin == std::string::npos || begin < scheme) begin = scheme;
  const std::size_t comma = uri.find(',', begin);
  if (comma >= end) return {};
  std::string further = uri.substr(comma + 1, end - comma - 1);
  uri.erase(comma, end - comma);
  return further;
}

std::string broker_of(const ServiceUri& uri) {
  const bool is_ipv6 = uri.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? fmt::format("[{}]", uri.host) : uri.host;
  return fmt::format("{}:{}", host, uri.port.value_or(kDefaultPort));
}

Result<void> add_brokers(std::string_view list, KafkaOptions& options) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    MARQUEE_TRY(const ServiceUri one,
                ServiceUri::parse("kafka://" + std::string(list.substr(0, comma))));
    options.brokers += ',' + broker_of(one);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return {};
}

/// Reads the parameters one after another and keeps the first thing that is wrong with them.
class Parameters {
 public:
  explicit Parameters(const ServiceUri& uri) : uri_(uri) {}

  template <typename Number>
  void number(std::string_view name, std::int64_t min, std::int64_t max, Number& out) {
    const auto text = take(name);
    if (!text) return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < min || value > max) {
      return fail(name, fmt::format("must be a whole number from {} to {}", min, max));
    }
    out = static_cast<Number>(value);
  }
  void duration(std::string_view name, std::int64_t min, std::int64_t max,
                std::chrono::milliseconds& out) {
    std::int64_t value = out.count();
    number(name, min, max, value);
    out = std::chrono::milliseconds(value);
  }
  void choice(std::string_view name, const std::vector<std::string_view>& known, std::string& out) {
    const auto text = take(name);
    if (!text) return;
    if (std::find(known.begin(), known.end(), *text) == known.end()) {
      return fail(name, fmt::format("must be one of {}", fmt::join(known, ", ")));
    }
    out = *text;
  }
  void flag(std::string_view name, bool& out) {
    std::string text = out ? "true" : "false";
    choice(name, {"true", "false"}, text);
    out = text == "true";
  }
  void text(std::string_view name, std::string& out) {
    if (const auto text = take(name)) out = *text;
  }

  Result<void> finish() {
    MARQUEE_CHECK(uri_.check_parameters(met_));
    return result_;
  }

 private:
  std::optional<std::string_view> take(std::string_view name) {
    met_.push_back(name);
    return uri_.parameter(name);
  }
  void fail(std::string_view name, const std::string& what) {
    if (result_.ok()) result_ = wrong(fmt::format("the parameter '{}'", name), what);
  }

  const ServiceUri& uri_;
  std::vector<std::string_view> met_;
  Result<void> result_;
};

Result<void> read_parameters(const ServiceUri& uri, KafkaOptions& options) {
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  Parameters parameters(uri);
  parameters.number("partitions", 1, 10'000, options.partitions);
  parameters.number("replication", 1, 100, options.replication);
  parameters.duration("retention_ms", 1, kEver, options.retention);
  parameters.number("min_insync_replicas", 0, 100, options.min_insync_replicas);
  parameters.number("flush_messages", 0, 1, options.flush_messages);
  parameters.choice("compression", {"none", "gzip", "snappy", "lz4", "zstd"}, options.compression);
  parameters.duration("linger_ms", 0, 1'000, options.linger);
  parameters.number("in_flight", 1, 5, options.in_flight);  // idempotence allows 5 (KIP-98)
  parameters.duration("delivery_timeout_ms", 10, 300'000, options.delivery_timeout);
  parameters.number("queue_events", 1'000, 1'000'000, options.queue_events);
  parameters.number("readers", 2, 1'000, options.readers);
  parameters.text("group", options.group);
  parameters.duration("session_timeout_ms", 1'000, 3'600'000, options.session_timeout);
  parameters.flag("tls", options.tls);
  parameters.text("ca_file", options.tls_files.ca_file);
  parameters.text("cert_file", options.tls_files.cert_file);
  parameters.text("key_file", options.tls_files.key_file);
  parameters.choice("sasl_mechanism", {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"},
                    options.sasl_mechanism);
  return parameters.finish();
}

/// What would be passed over in silence, and leave a connection less safe than it looks.
Result<void> check_security(const ServiceUri& uri, const KafkaOptions& options) {
  if (!options.tls && !options.tls_files.empty()) {
    return wrong("files of certificates", "are for TLS: add tls=true");
  }
  if (options.user.empty() && uri.parameter("sasl_mechanism")) {
    return wrong("the parameter 'sasl_mechanism'", "is for a user: kafka://USER:PASSWORD@HOST");
  }
  if (!options.user.empty() && options.password.empty()) {
    return wrong("the user", "needs a password: kafka://USER:PASSWORD@HOST");
  }
  return {};
}

Result<void> check_topic(std::string_view topic) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (topic.empty()) return wrong("the topic", "is missing: kafka://HOST:PORT/TOPIC");
  if (topic.size() > kTopicLengthMax || topic == "." || topic == ".." ||
      !std::all_of(topic.begin(), topic.end(), is_legal)) {
    return wrong("the topic", "must be 1-249 characters of A-Z a-z 0-9 . _ -");
  }
  return {};
}

}  // namespace

Result<KafkaOptions> KafkaOptions::parse(std::string_view text) {
  std::string first(text);
  const std::string further = take_further_brokers(first);
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(first));
  if (uri.scheme != "kafka") return wrong("the scheme", "is not kafka");
  KafkaOptions options;
  options.brokers = broker_of(uri);
  MARQUEE_CHECK(add_brokers(further, options));
  MARQUEE_CHECK(check_topic(uri.path));
  options.topic = uri.path;
  options.user = uri.user;
  options.password = uri.password.value_or("");
  MARQUEE_CHECK(read_parameters(uri, options));
  MARQUEE_CHECK(check_security(uri, options));
  return options;
}

std::string KafkaOptions::to_string() const { return fmt::format("kafka://{}/{}", brokers, topic); }

}  // namespace marquee::kafka
