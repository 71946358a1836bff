#include "adapters/kafka/event_producer.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/event_message.h"
#include "formats/event_json.h"
#include "telemetry/log.h"

namespace marquee::kafka {
namespace {

constexpr std::size_t kAppendEventsMax = 1'000;
/// What brokers take as they come (message.max.bytes), less what a message has around its value.
constexpr std::size_t kMessageBytesMax = 1'000'000;
constexpr std::size_t kMessageOverheadMax = 1'024;
constexpr int kPollMs = 50;

Error closed() { return {ErrorCode::kUnavailable, "the event log is closed"}; }

/// Nobody knows whether a message whose report did not come is stored.
Error delivery_error(rd_kafka_resp_err_t code, const std::string& topic) {
  Error error = error_of(code, fmt::format("the event log {}", topic));
  if (error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kPermissionDenied) {
    return error;
  }
  return {ErrorCode::kUnavailable,
          error.message + ": unknown outcome, send again with the same event_id"};
}

template <typename Set>
rd_kafka_vu_t argument(rd_kafka_vtype_t type, Set set) {
  rd_kafka_vu_t one{};
  one.vtype = type;
  set(one.u);
  return one;
}

}  // namespace

Result<std::unique_ptr<EventProducer>> EventProducer::open(const KafkaOptions& options,
                                                           const Clock& clock, TopicEnds& ends) {
  std::unique_ptr<EventProducer> producer(
      new EventProducer(options, clock, ends));  // NOLINT: private constructor
  MARQUEE_TRY(producer->session_, producer->open_session());
  producer->thread_ = std::thread([raw = producer.get()] { raw->run(); });
  return producer;
}

EventProducer::EventProducer(KafkaOptions options, const Clock& clock, TopicEnds& ends)
    : options_(std::move(options)), clock_(clock), ends_(ends) {}

EventProducer::~EventProducer() { close(); }

Result<std::unique_ptr<EventProducer::Session>> EventProducer::open_session() {
  ClientConfig config(options_);
  const std::string timeout_ms = std::to_string(options_.delivery_timeout.count());
  config.set("enable.idempotence", "true").set("acks", "all");
  // While more requests are under way than this, librdkafka 2.0.2 asks its queue again and again
  // without a pause (46 times an event with 5, its default). What comes meanwhile is one batch.
  config.set("max.in.flight.requests.per.connection", std::to_string(options_.in_flight));
  config.set("linger.ms", std::to_string(options_.linger.count()));
  config.set("compression.codec", options_.compression);
  // As Java's clients place keys, so that a viewer has one partition whoever writes.
  config.set("partitioner", "murmur2_random");
  config.set("delivery.timeout.ms", timeout_ms).set("request.timeout.ms", timeout_ms);
  config.set("message.max.bytes", std::to_string(kMessageBytesMax)).set("retry.backoff.ms", "50");
  // The bound is ours; librdkafka's own must never be met in the middle of an append.
  config.set("queue.buffering.max.messages",
             std::to_string(options_.queue_events + kAppendEventsMax));
  rd_kafka_conf_set_dr_msg_cb(config.get(), on_delivery);
  rd_kafka_conf_set_opaque(config.get(), this);
  auto session = std::make_unique<Session>();
  MARQUEE_TRY(session->client, std::move(config).make_producer());
  session->topic.reset(rd_kafka_topic_new(session->client.get(), options_.topic.c_str(), nullptr));
  if (session->topic == nullptr) return error_of(rd_kafka_last_error(), options_.to_string());
  return session;
}

void EventProducer::append(std::vector<PendingEvent> events, EventLog::Completion done) {
  if (events.empty() || events.size() > kAppendEventsMax) {
    done(Error{ErrorCode::kInvalidArgument, "an append takes 1 to 1,000 events"});
    return;
  }
  Result<void> sent;
  {
    const std::lock_guard lock(mutex_);
    sent = refuse(events.size());
    if (sent.ok()) sent = send(events, done);
  }
  if (!sent.ok()) done(std::move(sent).error());
}

/// Why `events` more cannot be taken, if so.
Result<void> EventProducer::refuse(std::size_t events) {
  if (closing_) return closed();
  if (events_in_flight_ + events > options_.queue_events) {
    refused_ += events;
    return Error{ErrorCode::kUnavailable, "the event log's queue is full, try again"};
  }
  return {};
}

/// The messages' values. Made before the first is sent: one that is too large refuses all.
Result<std::vector<std::string>> EventProducer::encode(const std::vector<PendingEvent>& events,
                                                       std::int64_t accepted_at_ms) {
  std::vector<std::string> values(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    Event event = events[i].event;
    event.accepted_at_ms = accepted_at_ms;
    formats::append_event_json(values[i], event);
    const std::size_t bytes = values[i].size() + event.user_id.value().size();
    if (bytes + kMessageOverheadMax > kMessageBytesMax) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("an event of {} bytes is too large for the event log", bytes)};
    }
  }
  return values;
}

/// Takes `done` when it will be called by the delivery reports; an error when nothing was sent.
Result<void> EventProducer::send(const std::vector<PendingEvent>& events,
                                 EventLog::Completion& done) {
  const std::int64_t now_ms = std::max(last_accepted_ms_, clock_.wall_ms());
  MARQUEE_TRY(std::vector<std::string> values, encode(events, now_ms));
  AppendInFlight& append = appends_.emplace_back();
  append.self = std::prev(appends_.end());
  append.messages.resize(events.size());
  append.outcomes.resize(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    append.messages[i] = {&append, i};
    append.outcomes[i].accepted_at_ms = now_ms;
    const auto code = produce(events[i], values[i], append.messages[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      append.error = delivery_error(code, options_.topic);
      break;
    }
    ++append.waiting;
  }
  if (append.waiting == 0) {
    Error error = *std::move(append.error);
    appends_.erase(append.self);
    return error;
  }
  append.done = std::move(done);
  events_in_flight_ += append.waiting;
  last_accepted_ms_ = now_ms;
  return {};
}

/// The headers are a list of ours: those that librdkafka 2.0.2 makes itself from single ones it
/// frees twice when a message is refused, for instance because the topic is gone.
rd_kafka_resp_err_t EventProducer::produce(const PendingEvent& pending, std::string& value,
                                           MessageInFlight& in_flight) {
  std::string key = pending.event.user_id.value();
  Headers headers(rd_kafka_headers_new(2));
  const auto add_header = [&](const char* name, const std::string& text) {
    rd_kafka_header_add(headers.get(), name, -1, text.data(), static_cast<ssize_t>(text.size()));
  };
  add_header(kFingerprintHeader, fingerprint_text(pending.fingerprint));
  if (!pending.traceparent.empty()) add_header(kTraceparentHeader, pending.traceparent);
  const std::array<rd_kafka_vu_t, 6> arguments{
      argument(RD_KAFKA_VTYPE_RKT, [&](auto& u) { u.rkt = session_->topic.get(); }),
      argument(RD_KAFKA_VTYPE_MSGFLAGS, [](auto& u) { u.i = RD_KAFKA_MSG_F_COPY; }),
      argument(RD_KAFKA_VTYPE_KEY, [&](auto& u) { u.mem = {key.data(), key.size()}; }),
      argument(RD_KAFKA_VTYPE_VALUE, [&](auto& u) { u.mem = {value.data(), value.size()}; }),
      argument(RD_KAFKA_VTYPE_HEADERS, [&](auto& u) { u.headers = headers.get(); }),
      argument(RD_KAFKA_VTYPE_OPAQUE, [&](auto& u) { u.ptr = &in_flight; })};
  const ClientError error(
      rd_kafka_produceva(session_->client.get(), arguments.data(), arguments.size()));
  if (error != nullptr) return rd_kafka_error_code(error.get());
  (void)headers.release();  // the message's now
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void EventProducer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  static_cast<EventProducer*>(opaque)->settle(*message);
}

/// One delivery report, on the thread that polls.
void EventProducer::settle(const rd_kafka_message_t& message) {
  auto* const in_flight = static_cast<MessageInFlight*>(message._private);
  AppendInFlight& append = *in_flight->append;
  std::list<AppendInFlight> finished;
  {
    const std::lock_guard lock(mutex_);
    --events_in_flight_;
    count(message);
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto sequence = static_cast<std::uint64_t>(message.offset);
      append.outcomes[in_flight->place].offset = {message.partition, sequence};
      ends_.note_end(message.partition, sequence + 1);
      health_ = {};
    } else {
      Error error = delivery_error(message.err, options_.topic);
      if (error.code == ErrorCode::kUnavailable) {
        health_ = error;
        failed_at_ = std::chrono::steady_clock::now();
      }
      if (!append.error) append.error = std::move(error);
    }
    if (--append.waiting > 0) return;
    finished.splice(finished.end(), appends_, append.self);
  }
  answer(finished.front());
}

void EventProducer::count(const rd_kafka_message_t& message) {
  if (delivered_ == nullptr) return;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed_->add();
  delivered_->add();
  seconds_->observe(static_cast<double>(rd_kafka_message_latency(&message)) / 1e6);
}

void EventProducer::report_to(telemetry::Metrics& metrics) {
  const auto deliveries = [&](const char* result) {
    return &metrics.counter("marquee_kafka_deliveries_total",
                            "Messages to the event log's topic by what became of them",
                            {{"result", result}});
  };
  const std::lock_guard lock(mutex_);
  delivered_ = deliveries("acknowledged");
  failed_ = deliveries("failed");
  seconds_ = &metrics.histogram("marquee_kafka_delivery_seconds",
                                "From an append to its acknowledgement by the brokers");
}

/// One answer that cannot be given, for lack of memory, must not take the others with it.
void EventProducer::answer(AppendInFlight& append) {
  try {
    if (append.error) {
      append.done(*std::move(append.error));
    } else {
      append.done(std::move(append.outcomes));
    }
  } catch (const std::bad_alloc&) {
    telemetry::log(telemetry::Level::kError, "events",
                   "out of memory answering an append: its sender is told nothing");
  }
}

/// The thread that waits for delivery reports.
void EventProducer::run() {
  while (more_to_come()) {
    rd_kafka_poll(session_->client.get(), kPollMs);
    if (rd_kafka_fatal_error(session_->client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      renew_session();
    }
  }
  // What is still unanswered is reported as failed by the purge.
  rd_kafka_purge(session_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(session_->client.get(), kPollMs);
}

bool EventProducer::more_to_come() {
  const std::lock_guard lock(mutex_);
  if (!closing_) return true;
  return events_in_flight_ > 0 && std::chrono::steady_clock::now() < give_up_at_;
}

/// Once every message of the old session is answered. Only this thread replaces the session.
void EventProducer::renew_session() {
  std::array<char, 512> why{};
  rd_kafka_fatal_error(session_->client.get(), why.data(), why.size());
  rd_kafka_purge(session_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(session_->client.get(), kPollMs);
  auto renewed = open_session();
  const std::unique_lock lock(mutex_);
  if (events_in_flight_ > 0 || !renewed.ok()) return;
  telemetry::log(telemetry::Level::kWarning, "events",
                 fmt::format("the session of the event log's producer has ended, it goes on with a "
                             "new one: {}",
                             why.data()));
  std::swap(session_, *renewed);
}

void EventProducer::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
    give_up_at_ = std::chrono::steady_clock::now() + options_.delivery_timeout;
  }
  if (thread_.joinable()) thread_.join();
}

Result<void> EventProducer::health() const {
  const std::lock_guard lock(mutex_);
  if (closing_) return closed();
  if (std::chrono::steady_clock::now() - failed_at_ > kForgetAfter) return {};
  return health_;
}

QueueState EventProducer::queue() const {
  const std::lock_guard lock(mutex_);
  return {events_in_flight_, options_.queue_events, refused_};
}

void EventProducer::break_session_for_test() {
  const std::lock_guard lock(mutex_);
  rd_kafka_test_fatal_error(session_->client.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "asked for by a test");
}

}  // namespace marquee::kafka
