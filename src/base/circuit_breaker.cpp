#include "base/circuit_breaker.h"

#include <algorithm>
#include <utility>

namespace marquee {

using std::chrono::milliseconds;

CircuitBreaker::Permit::Permit(Permit&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)), period_(other.period_) {}

CircuitBreaker::Permit::~Permit() {
  if (breaker_ != nullptr) breaker_->end(period_, Outcome::kUnknown);
}

void CircuitBreaker::Permit::succeeded() {
  if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->end(period_, Outcome::kSucceeded);
}

void CircuitBreaker::Permit::failed() {
  if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->end(period_, Outcome::kFailed);
}

void CircuitBreaker::Permit::refused() {
  if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->end(period_, Outcome::kRefused);
}

CircuitBreaker::CircuitBreaker(const Clock& clock, const Options& options)
    : clock_(clock),
      options_(options),
      rng_(options.jitter_seed),
      backoff_(options.backoff_min),
      since_(clock.steady()),
      probe_at_(since_) {}

std::optional<CircuitBreaker::Permit> CircuitBreaker::acquire_unless_open() {
  // The period first: should the state change in between, the permit is one of the past.
  const std::uint64_t period = period_.load(std::memory_order_acquire);
  if (state() != State::kClosed) return std::nullopt;
  return Permit(*this, period);
}

std::optional<CircuitBreaker::Permit> CircuitBreaker::acquire() {
  if (auto permit = acquire_unless_open()) return permit;
  const std::lock_guard lock(mutex_);
  if (state() == State::kClosed) return Permit(*this, period_);
  if (state() == State::kHalfOpen || clock_.steady() < probe_at_) return std::nullopt;
  move_to(State::kHalfOpen);
  return Permit(*this, period_);
}

void CircuitBreaker::end(std::uint64_t period, Outcome outcome) {
  // The path of every call while all is well, without a lock.
  if (outcome == Outcome::kUnknown && state() == State::kClosed) return;
  if (outcome == Outcome::kSucceeded && state() == State::kClosed && failures_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (period != period_) return;
  if (state() == State::kHalfOpen) {
    if (outcome == Outcome::kSucceeded) {
      backoff_ = options_.backoff_min;
      failures_ = 0;
      move_to(State::kClosed);
    } else if (outcome != Outcome::kUnknown) {
      backoff_ = std::min(backoff_ * 2, options_.backoff_max);
      open_for_backoff();
    } else {
      move_to(State::kOpen);  // probe_at_ has passed: the next caller may try
    }
    return;
  }
  if (outcome == Outcome::kSucceeded) failures_ = 0;
  const bool opens = outcome == Outcome::kRefused ||
                     (outcome == Outcome::kFailed && ++failures_ >= options_.failures_to_open);
  if (!opens || state() != State::kClosed) return;
  ++opened_;
  open_for_backoff();
}

void CircuitBreaker::open_for_backoff() {
  const double share = 0.5 + rng_.uniform() / 2;
  probe_at_ =
      clock_.steady() +
      milliseconds(static_cast<milliseconds::rep>(static_cast<double>(backoff_.count()) * share));
  move_to(State::kOpen);
}

void CircuitBreaker::move_to(State state) {
  since_ = clock_.steady();
  ++period_;
  state_.store(state, std::memory_order_release);
}

std::chrono::steady_clock::time_point CircuitBreaker::since() const {
  const std::lock_guard lock(mutex_);
  return since_;
}

milliseconds CircuitBreaker::until_probe() const {
  const std::lock_guard lock(mutex_);
  if (state() != State::kOpen) return milliseconds(0);
  const auto left = std::chrono::ceil<milliseconds>(probe_at_ - clock_.steady());
  return std::max(left, milliseconds(0));
}

std::string_view to_string(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "closed";
    case CircuitBreaker::State::kOpen:
      return "open";
    case CircuitBreaker::State::kHalfOpen:
      return "half_open";
  }
  return "unknown";
}

}  // namespace marquee
