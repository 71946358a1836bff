#include "adapters/kafka/kafka_event_log.h"

#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "adapters/kafka/client_config.h"

namespace marquee::kafka {
Result<std::unique_ptr<KafkaEventLog>> KafkaEventLog::open(const KafkaOptions& options,
                                                           const Clock& clock) {
  ClientConfig config(options);
  // the end is that of all records: those of an open transaction are pending too
  config.set("isolation.level", "read_uncommitted");
  auto errors = std::make_unique<ConnectionErrors>();
  errors->listen(config);
  MARQUEE_TRY(Client client, std::move(config).make_consumer(options.group + "-readers"));
  MARQUEE_TRY(TopicFacts topic, prepare_topic(client.get(), *errors, options));
  std::unique_ptr<KafkaEventLog> log(
      new KafkaEventLog(options, std::move(errors), std::move(client),
                        std::move(topic)));  // NOLINT: private constructor
  MARQUEE_CHECK(log->ends_.wait_for_answer(options.answer_timeout));
  MARQUEE_TRY(log->producer_, EventProducer::open(options, clock, log->ends_));
  log->watching_ =
      std::jthread([raw = log.get()](const std::stop_token& stop) { raw->watch(stop); });
  return log;
}

KafkaEventLog::KafkaEventLog(const KafkaOptions& options, std::unique_ptr<ConnectionErrors> errors,
                             Client client, TopicFacts topic)
    : options_(options),
      errors_(std::move(errors)),
      client_(std::move(client)),
      topic_(std::move(topic)),
      ends_(client_.get(), options_.topic, topic_.identity.partitions),
      readers_(options_, ends_) {}

KafkaEventLog::~KafkaEventLog() = default;

void KafkaEventLog::watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    ends_.refresh_if_older(TopicEnds::kRetryAfter);
    errors_->look(client_.get());
    std::unique_lock lock(sleep_mutex_);
    sleeping_.wait_for(lock, stop, TopicEnds::kRetryAfter / 2, [] { return false; });
  }
}

void KafkaEventLog::close() { producer_->close(); }

void KafkaEventLog::append(std::vector<PendingEvent> events, Completion done) {
  producer_->append(std::move(events), std::move(done));
}

std::vector<std::int32_t> KafkaEventLog::partitions() const {
  std::vector<std::int32_t> all(static_cast<std::size_t>(topic_.identity.partitions));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Result<LogBatch> KafkaEventLog::read(const Cursor& from, std::size_t events_max,
                                     std::chrono::milliseconds wait) {
  return read_partitions(partitions(), from, events_max, wait);
}

Result<LogBatch> KafkaEventLog::read_partitions(std::span<const std::int32_t> partitions,
                                                const Cursor& from, std::size_t events_max,
                                                std::chrono::milliseconds wait) {
  const auto exists = [this](std::int32_t partition) {
    return partition >= 0 && partition < topic_.identity.partitions;
  };
  for (const auto& [partition, next] : from.partitions()) {
    if (exists(partition)) continue;
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} has no partition {}: the position {} is another log's",
                             options_.to_string(), partition, Offset{partition, next}.to_string())};
  }
  for (const std::int32_t partition : partitions) {
    if (exists(partition)) continue;
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} has no partition {}", options_.to_string(), partition)};
  }
  return readers_.read(partitions, from, events_max, wait);
}

Cursor KafkaEventLog::end() const { return ends_.end(); }

Cursor KafkaEventLog::begin() const { return ends_.begin(); }

Result<void> KafkaEventLog::health() const {
  MARQUEE_CHECK(producer_->health());
  return ends_.health();
}

}  // namespace marquee::kafka
