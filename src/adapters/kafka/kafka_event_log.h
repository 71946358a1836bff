#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/connection_errors.h"
#include "adapters/kafka/event_producer.h"
#include "adapters/kafka/kafka_options.h"
#include "adapters/kafka/kafka_topic.h"
#include "adapters/kafka/reader_pool.h"
#include "adapters/kafka/topic_ends.h"
#include "base/clock.h"
#include "base/queue_state.h"
#include "ports/event_log.h"
#include "telemetry/metrics.h"

namespace marquee::kafka {

/// The event log on a Kafka topic that other processes write and read as well. Of the port's
/// contract it gives all but:
///
///   idempotence  a repeat is stored again: the door does not know what others took, nor what it
///                took itself before a restart. The fold decides, and the receipt tells.
///   all or none  the events of an append by several viewers go to several partitions. Each is
///                stored or not by itself; when one is not, the append reports its error, though
///                others may be stored. Sent again under the same ids, those count once.
///   failure      a failed delivery does not end appending: the next may succeed. Its outcome is
///                unknown, as the message says.
///   time         accepted_at_ms never goes back in what one process wrote, but two processes have
///                two clocks.
///   sequences    grow by one in what we wrote; transactions of other programs leave gaps.
///
/// A cursor behind the end is refused (kFailedPrecondition): the topic is another one, or the
/// broker lost events. The clock must outlive the log.
class KafkaEventLog final : public EventLog {
 public:
  /// prepare_topic() and its errors.
  static Result<std::unique_ptr<KafkaEventLog>> open(const KafkaOptions& options,
                                                     const Clock& clock);
  ~KafkaEventLog() override;

  void append(std::vector<PendingEvent> events, Completion done) override;
  Result<LogBatch> read(const Cursor& from, std::size_t events_max,
                        std::chrono::milliseconds wait) override;
  std::vector<std::int32_t> partitions() const override;
  Result<LogBatch> read_partitions(std::span<const std::int32_t> partitions, const Cursor& from,
                                   std::size_t events_max, std::chrono::milliseconds wait) override;
  Cursor end() const override;
  Cursor begin() const override;
  Durability durability() const override { return topic_.durability; }
  /// From memory, at most a second or two old.
  Result<void> health() const override;

  std::string name() const { return options_.to_string(); }
  /// For the app to store beside the cursor and to expect the next time.
  const LogOrigin& identity() const { return topic_.identity; }
  /// The events that wait for the brokers' acknowledgement.
  QueueState queue() const { return producer_->queue(); }
  /// Exports what became of messages from now on (marquee_kafka_*). `metrics` must outlive the log.
  void report_to(telemetry::Metrics& metrics) { producer_->report_to(metrics); }
  /// Waits for what is in flight, at most the delivery time-out; later appends get kUnavailable,
  /// reads go on.
  void close();
  EventProducer& producer_for_test() { return *producer_; }

 private:
  KafkaEventLog(const KafkaOptions& options, std::unique_ptr<ConnectionErrors> errors,
                Client client, TopicFacts topic);
  /// The thread that keeps health() up to date, so that nobody who asks for it waits for a broker.
  void watch(const std::stop_token& stop);

  const KafkaOptions options_;
  const std::unique_ptr<ConnectionErrors> errors_;  ///< of client_; looked at by watching_ alone
  const Client client_;                             ///< asks where the topic ends
  const TopicFacts topic_;
  TopicEnds ends_;
  ReaderPool readers_;
  std::unique_ptr<EventProducer> producer_;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleeping_;
  std::jthread watching_;  ///< last: ends before what it uses
};

}  // namespace marquee::kafka
