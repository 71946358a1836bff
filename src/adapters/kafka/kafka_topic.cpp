#include "adapters/kafka/kafka_topic.h"

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "telemetry/log.h"

namespace marquee::kafka {
namespace {

int answer_timeout_ms(const KafkaOptions& options) {
  return static_cast<int>(options.answer_timeout.count());
}

struct Layout {
  std::int32_t partitions = 0;
  std::int32_t replication = 0;
};

/// About all topics, since asking for one by its name can make it. Asked in short turns: a broker
/// that refuses us never answers.
Result<Metadata> ask_metadata(rd_kafka_t* client, ConnectionErrors& errors,
                              const KafkaOptions& options) {
  constexpr int kTurnMs = 200;
  const auto deadline = std::chrono::steady_clock::now() + options.answer_timeout;
  for (;;) {
    const rd_kafka_metadata_t* raw = nullptr;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(client, 1, nullptr, &raw, kTurnMs);
    Metadata metadata(raw);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata;
    Error error = error_of(code, fmt::format("no broker answers at {}", options.brokers));
    if (error.code != ErrorCode::kUnavailable) return error;
    errors.look(client);
    if (auto refusal = errors.refusal(options.brokers)) return *std::move(refusal);
    if (std::chrono::steady_clock::now() < deadline) continue;
    if (!errors.last().empty()) error.message += "; " + errors.last();
    return error;
  }
}

/// None when the topic is not there.
Result<std::optional<Layout>> find_layout(rd_kafka_t* client, ConnectionErrors& errors,
                                          const KafkaOptions& options) {
  MARQUEE_TRY(const Metadata metadata, ask_metadata(client, errors, options));
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    if (topic.topic != options.topic || topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      continue;
    }
    if (topic.partition_cnt == 0) return error_of(topic.err, options.to_string());
    return std::optional(Layout{topic.partition_cnt, topic.partitions[0].replica_cnt});
  }
  return std::optional<Layout>{};
}

Result<void> set_topic_config(rd_kafka_NewTopic_t* topic, const char* name,
                              const std::string& value) {
  const rd_kafka_resp_err_t code = rd_kafka_NewTopic_set_config(topic, name, value.c_str());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, name);
  return {};
}

Result<NewTopic> describe_new_topic(const KafkaOptions& options) {
  std::array<char, 512> why{};
  NewTopic topic(rd_kafka_NewTopic_new(options.topic.c_str(), options.partitions,
                                       options.replication, why.data(), why.size()));
  if (topic == nullptr) return Error{ErrorCode::kInvalidArgument, why.data()};
  const auto set = [&](const char* name, const std::string& value) {
    return set_topic_config(topic.get(), name, value);
  };
  MARQUEE_CHECK(set("retention.ms", std::to_string(options.retention.count())));
  MARQUEE_CHECK(set("cleanup.policy", "delete"));
  const int min_insync = options.min_insync_replicas > 0 ? options.min_insync_replicas
                                                         : (options.replication >= 3 ? 2 : 1);
  MARQUEE_CHECK(set("min.insync.replicas", std::to_string(min_insync)));
  if (options.flush_messages > 0) {
    MARQUEE_CHECK(set("flush.messages", std::to_string(options.flush_messages)));
  }
  return topic;
}

/// The answer to an admin request, or why there is none.
Result<QueueEvent> wait_for_answer(rd_kafka_queue_t* queue, const KafkaOptions& options,
                                   std::string_view what) {
  QueueEvent event(rd_kafka_queue_poll(queue, answer_timeout_ms(options)));
  if (event == nullptr) return error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_of(code, what);
  }
  return event;
}

Result<void> make_topic(rd_kafka_t* client, const KafkaOptions& options) {
  MARQUEE_TRY(const NewTopic topic, describe_new_topic(options));
  const std::string what = fmt::format("making the topic {}", options.to_string());
  const Queue queue(rd_kafka_queue_new(client));
  std::array<rd_kafka_NewTopic_t*, 1> topics{topic.get()};
  rd_kafka_CreateTopics(client, topics.data(), topics.size(), nullptr, queue.get());
  MARQUEE_TRY(const QueueEvent event, wait_for_answer(queue.get(), options, what));
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    // another process may have been quicker
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    Error error = error_of(code, what);
    if (text != nullptr) error.message = fmt::format("{}: {}", what, text);
    return error;
  }
  return {};
}

/// Brokers learn of a new topic a little after the one that made it.
Result<Layout> wait_for_topic(rd_kafka_t* client, ConnectionErrors& errors,
                              const KafkaOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.answer_timeout;
  for (;;) {
    MARQUEE_TRY(const auto layout, find_layout(client, errors, options));
    if (layout) return *layout;
    if (std::chrono::steady_clock::now() > deadline) {
      return error_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, options.to_string());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::int64_t number_of(const char* text) {
  const std::string_view view = text == nullptr ? "" : text;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(view.data(), view.data() + view.size(), number);
  return parsed.ec == std::errc{} ? number : 0;
}

/// What the topic's own settings promise.
Result<Durability> ask_durability(rd_kafka_t* client, const KafkaOptions& options,
                                  std::int32_t replication) {
  const std::string what = fmt::format("asking for the settings of {}", options.to_string());
  const Queue queue(rd_kafka_queue_new(client));
  const ConfigResource topic(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, options.topic.c_str()));
  std::array<rd_kafka_ConfigResource_t*, 1> resources{topic.get()};
  rd_kafka_DescribeConfigs(client, resources.data(), resources.size(), nullptr, queue.get());
  MARQUEE_TRY(const QueueEvent event, wait_for_answer(queue.get(), options, what));
  std::size_t count = 0;
  const auto* const* answers = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  std::int64_t flush_messages = 0;
  std::int64_t min_insync_replicas = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto code = rd_kafka_ConfigResource_error(answers[i])) return error_of(code, what);
    std::size_t settings = 0;
    const auto* const* entries = rd_kafka_ConfigResource_configs(answers[i], &settings);
    for (std::size_t k = 0; k < settings; ++k) {
      const std::string_view name = rd_kafka_ConfigEntry_name(entries[k]);
      const std::int64_t value = number_of(rd_kafka_ConfigEntry_value(entries[k]));
      if (name == "flush.messages") flush_messages = value;
      if (name == "min.insync.replicas") min_insync_replicas = value;
    }
  }
  return durability_of(flush_messages, min_insync_replicas, replication);
}

}  // namespace

Durability durability_of(std::int64_t flush_messages, std::int64_t min_insync_replicas,
                         std::int32_t replication) {
  const bool synced = flush_messages == 1;
  const bool copied = replication >= 2 && min_insync_replicas >= 2;
  return synced || copied ? Durability::kPower : Durability::kProcess;
}

Result<void> check_identity(const LogOrigin& found, const std::optional<LogOrigin>& expected,
                            const KafkaOptions& options) {
  if (!expected || found == *expected) return {};
  const auto described = [](const LogOrigin& origin) {
    return fmt::format("topic {} with {} partitions on cluster {}", origin.topic, origin.partitions,
                       origin.cluster_id);
  };
  return Error{
      ErrorCode::kDataLoss,
      fmt::format("{} is {}, but the stored state was folded from {}: name that one in the setting "
                  "events, or, if it is gone for good, see 'Another topic' in docs/operating.md "
                  "before marquee rebuild",
                  options.to_string(), described(found), described(*expected))};
}

Result<TopicFacts> prepare_topic(rd_kafka_t* client, ConnectionErrors& errors,
                                 const KafkaOptions& options) {
  TopicFacts facts;
  MARQUEE_TRY(std::optional<Layout> layout, find_layout(client, errors, options));
  if (!layout) {
    if (options.expected) {
      return Error{ErrorCode::kDataLoss,
                   fmt::format("{} is gone, from which the stored state was folded: bring it back, "
                               "or see 'Another topic' in docs/operating.md before marquee rebuild",
                               options.to_string())};
    }
    MARQUEE_CHECK(make_topic(client, options));
    MARQUEE_TRY(layout, wait_for_topic(client, errors, options));
    facts.made = true;
  }
  char* id = rd_kafka_clusterid(client, answer_timeout_ms(options));
  facts.identity = {id == nullptr ? "" : id, layout->partitions, options.topic};
  rd_kafka_mem_free(client, id);
  if (options.expected && facts.identity.cluster_id.empty()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("{} does not say which cluster it is", options.brokers)};
  }
  MARQUEE_CHECK(check_identity(facts.identity, options.expected, options));
  const auto durability = ask_durability(client, options, layout->replication);
  if (durability.ok()) {
    facts.durability = *durability;
  } else {
    telemetry::log(telemetry::Level::kWarning, "events",
                   fmt::format("{}: acknowledgements are taken to outlive no power loss",
                               durability.error().message));
  }
  return facts;
}

}  // namespace marquee::kafka
