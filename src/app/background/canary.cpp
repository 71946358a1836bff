#include "app/background/canary.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "telemetry/log.h"

namespace marquee::app {
namespace {

constexpr std::chrono::milliseconds kPollInterval{1};
constexpr const char* kSecondsHelp =
    "From the canary's event sent until it was acknowledged, "
    "and until its list had changed";
constexpr const char* kEventsHelp = "Measurements of the canary by how they ended";

/// The smallest value that at least the share `q` of `sorted` does not exceed.
double quantile(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[rank];
}

std::optional<api::Operations::Freshness::Quantiles> quantiles_ms(std::vector<double> seconds) {
  if (seconds.empty()) return std::nullopt;
  std::sort(seconds.begin(), seconds.end());
  return api::Operations::Freshness::Quantiles{1e3 * quantile(seconds, 0.5),
                                               1e3 * quantile(seconds, 0.99)};
}

Error late(std::string what) { return Error{ErrorCode::kDeadlineExceeded, std::move(what)}; }

}  // namespace

Canary::Canary(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      acknowledged_(ports_.metrics.histogram("marquee_canary_seconds", kSecondsHelp,
                                             {{"step", "acknowledged"}})),
      visible_(
          ports_.metrics.histogram("marquee_canary_seconds", kSecondsHelp, {{"step", "visible"}})),
      freshness_(ports_.metrics.histogram("marquee_freshness_seconds",
                                          "From an event's acceptance until lists can show it")),
      succeeded_(ports_.metrics.counter("marquee_canary_measurements_total", kEventsHelp,
                                        {{"result", "visible"}})),
      failed_(ports_.metrics.counter("marquee_canary_measurements_total", kEventsHelp,
                                     {{"result", "failed"}})),
      last_success_(ports_.metrics.gauge("marquee_canary_last_success_timestamp_seconds",
                                         "When the canary last saw its change; 0: not yet")) {}

Canary::~Canary() { stop(); }

void Canary::stop() {
  stopping_ = true;
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Canary::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Canary::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(sleep_mutex_);
      sleeping_.wait_for(lock, stop, options_.interval, [] { return false; });
    }
    if (!stop.stop_requested()) measure();
  }
}

void Canary::measure() {
  const auto times = try_once();
  if (stopping_) return;  // it may have been cut off
  if (!times.ok()) return note(times.error());
  if (*times) note(**times);
}

Result<std::optional<Canary::Times>> Canary::try_once() {
  MARQUEE_TRY(const auto before, ports_.list());
  if (before.empty()) return std::optional<Times>();
  const MovieId& film = before.front();
  const TimePoint sent = ports_.clock.steady();
  const TimePoint deadline = sent + options_.visible_max;
  MARQUEE_TRY(const Offset offset, send(film, deadline));
  Times times;
  times.acknowledged_s = seconds_since(sent);
  MARQUEE_CHECK(wait_until_applied(offset, deadline));
  MARQUEE_CHECK(wait_until_gone(film, deadline));
  times.visible_s = seconds_since(sent);
  return std::optional(times);
}

Result<Offset> Canary::send(const MovieId& film, TimePoint deadline) {
  ingest::EventDraft draft;
  draft.user_id = options_.viewer.value();
  draft.movie_id = film.value();
  draft.event_type = "click";
  // Shared with the completion, which may come after this call gave up.
  const auto promise = std::make_shared<std::promise<ingest::Ingestor::Outcome>>();
  auto outcome = promise->get_future();
  ports_.ingestor.accept(
      draft,
      [promise](ingest::Ingestor::Outcome decided) { promise->set_value(std::move(decided)); },
      ingest::Sender::kServer);
  while (outcome.wait_for(kPollInterval) != std::future_status::ready) {
    if (is_over(deadline)) return late("its event was not acknowledged");
  }
  const ingest::Ingestor::Outcome decided = outcome.get();
  if (!decided.errors.empty()) {
    return Error{ErrorCode::kInvalidArgument, decided.errors.front().detail};
  }
  MARQUEE_TRY(const ingest::Receipt receipt, decided.receipt);
  return receipt.offset;
}

/// Asks instead of waiting in when_applied(), where under overload there may be no room.
Result<void> Canary::wait_until_applied(const Offset& offset, TimePoint deadline) {
  while (!ports_.state.applied().includes(offset)) {
    if (is_over(deadline)) {
      return late(fmt::format("its event {} was not applied", offset.to_string()));
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return {};
}

Result<void> Canary::wait_until_gone(const MovieId& film, TimePoint deadline) {
  for (;;) {
    MARQUEE_TRY(const auto now, ports_.list());
    if (std::find(now.begin(), now.end(), film) == now.end()) return {};
    if (is_over(deadline)) {
      return late(fmt::format("its list did not change: film {} is still in it", film.value()));
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

bool Canary::is_over(TimePoint deadline) const {
  return stopping_ || ports_.clock.steady() >= deadline;
}

double Canary::seconds_since(TimePoint begin) const {
  return std::chrono::duration<double>(ports_.clock.steady() - begin).count();
}

void Canary::note(const Times& times) {
  acknowledged_.observe(times.acknowledged_s);
  visible_.observe(times.visible_s);
  freshness_.observe(times.visible_s - times.acknowledged_s);
  succeeded_.add();
  const std::int64_t now_ms = ports_.clock.wall_ms();
  last_success_.set(static_cast<double>(now_ms) / 1e3);
  const std::lock_guard lock(mutex_);
  if (failures_in_a_row_ >= options_.failures_max) {
    telemetry::log(telemetry::Level::kInfo, "app", "the canary sees its changes again");
  }
  ++measured_;
  failures_in_a_row_ = 0;
  problem_.clear();
  last_success_ms_ = now_ms;
  recent_.push_back(times);
  if (recent_.size() > options_.window) recent_.pop_front();
}

void Canary::note(const Error& failure) {
  failed_.add();
  const std::lock_guard lock(mutex_);
  ++failures_;
  // The log says so itself, and of what comes behind it this tells nothing.
  if (failure.code == ErrorCode::kResourceExhausted) return;
  ++failures_in_a_row_;
  problem_ = failure.message;
  if (failures_in_a_row_ == options_.failures_max) {
    telemetry::log(telemetry::Level::kWarning, "app", "the canary failed: " + problem_);
  }
}

api::Operations::Freshness Canary::report() const {
  api::Operations::Freshness report;
  std::vector<double> acknowledged;
  std::vector<double> visible;
  const std::lock_guard lock(mutex_);
  for (const Times& times : recent_) {
    acknowledged.push_back(times.acknowledged_s);
    visible.push_back(times.visible_s);
  }
  report.acknowledged_ms = quantiles_ms(std::move(acknowledged));
  report.visible_ms = quantiles_ms(std::move(visible));
  report.measured = measured_;
  report.failed = failures_;
  report.failed_in_a_row = failures_in_a_row_;
  report.last_success_ms = last_success_ms_;
  return report;
}

Result<void> Canary::health() const {
  const std::lock_guard lock(mutex_);
  if (failures_in_a_row_ < options_.failures_max) return {};
  return Error{ErrorCode::kUnavailable,
               fmt::format("the canary failed {} times in a row (within {} ms): {}",
                           failures_in_a_row_, options_.visible_max.count(), problem_)};
}

}  // namespace marquee::app
