#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/append_in_flight.h"
#include "adapters/kafka/client.h"
#include "adapters/kafka/kafka_options.h"
#include "adapters/kafka/topic_ends.h"
#include "base/clock.h"
#include "base/queue_state.h"
#include "base/result.h"
#include "ports/event_log.h"
#include "telemetry/metrics.h"

namespace marquee::kafka {

/// Sends events with an idempotent producer (KIP-98) and answers each append when the brokers have
/// answered for all of its events. One thread waits for delivery reports. Thread-safe.
///
/// After an error that ends the producer's session (librdkafka calls it fatal) it goes on with a
/// new one: what that may store twice, the fold recognises.
class EventProducer {
 public:
  static constexpr std::chrono::seconds kForgetAfter{5};

  /// `clock` and `ends` must outlive it; `ends` is told of what is stored.
  static Result<std::unique_ptr<EventProducer>> open(const KafkaOptions& options,
                                                     const Clock& clock, TopicEnds& ends);
  /// close()
  ~EventProducer();
  EventProducer(const EventProducer&) = delete;
  EventProducer& operator=(const EventProducer&) = delete;

  /// As EventLog::append().
  void append(std::vector<PendingEvent> events, EventLog::Completion done);
  /// Waits for what is in flight, at most the delivery time-out; later appends get kUnavailable.
  void close();
  /// Why the last delivery failed; ok after one that succeeded, or when that is kForgetAfter ago:
  /// without traffic it would be told for ever.
  Result<void> health() const;
  /// In events that are not answered yet.
  QueueState queue() const;

  /// Exports deliveries by what became of them and how long they took, from now on. `metrics` must
  /// outlive it.
  void report_to(telemetry::Metrics& metrics);

  /// As the broker's answer "your session is over" does. For tests.
  void break_session_for_test();

 private:
  struct Session {
    Client client;
    Topic topic;
  };

  EventProducer(KafkaOptions options, const Clock& clock, TopicEnds& ends);
  Result<std::unique_ptr<Session>> open_session();
  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  void settle(const rd_kafka_message_t& message);
  void count(const rd_kafka_message_t& message);
  static void answer(AppendInFlight& append);
  static Result<std::vector<std::string>> encode(const std::vector<PendingEvent>& events,
                                                 std::int64_t accepted_at_ms);
  Result<void> refuse(std::size_t events);
  Result<void> send(const std::vector<PendingEvent>& events, EventLog::Completion& done);
  rd_kafka_resp_err_t produce(const PendingEvent& event, std::string& value,
                              MessageInFlight& in_flight);
  void run();
  bool more_to_come();
  void renew_session();

  const KafkaOptions options_;
  const Clock& clock_;
  TopicEnds& ends_;
  mutable std::mutex mutex_;  ///< of all below: sending keeps the order of the time stamps
  std::unique_ptr<Session> session_;
  telemetry::Counter* delivered_ = nullptr;  ///< none before report_to(), as the two below
  telemetry::Counter* failed_ = nullptr;
  telemetry::Histogram* seconds_ = nullptr;
  std::list<AppendInFlight> appends_;
  std::size_t events_in_flight_ = 0;
  std::uint64_t refused_ = 0;
  std::int64_t last_accepted_ms_ = 0;
  bool closing_ = false;
  std::chrono::steady_clock::time_point give_up_at_{};  ///< when closing
  Result<void> health_;
  std::chrono::steady_clock::time_point failed_at_{};
  std::thread thread_;
};

}  // namespace marquee::kafka
