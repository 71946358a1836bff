#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"

namespace marquee {

/// Keeps callers from waiting for a dependency that is away (Nygard, Release It!, ch. 5).
///
///   closed     calls go ahead; `failures_to_open` failures in a row open it
///   open       no call goes ahead until the back-off is over
///   half open  one call, the probe, goes ahead: its success closes, its failure opens again
///
/// The back-off doubles with each failed probe from `backoff_min` to `backoff_max`, and is then
/// drawn between its half and its whole ("equal jitter"), so that many processes do not probe in
/// step. A call that was let through before the breaker changed has no say any more when it ends.
/// `clock` must outlive it. Threads: any; a call that is let through while closed takes no lock
/// before its end.
class CircuitBreaker {
 public:
  struct Options {
    int failures_to_open = 5;
    std::chrono::milliseconds backoff_min{100};
    std::chrono::milliseconds backoff_max{5'000};
    std::uint64_t jitter_seed = 1;
  };
  enum class State { kClosed, kOpen, kHalfOpen };

  /// The right to make one call. Whoever has it says how the call ended; without a word (the call
  /// was not made) nothing is counted, and the next caller may probe.
  class [[nodiscard]] Permit {
   public:
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&&) = delete;
    ~Permit();

    void succeeded();
    void failed();
    /// The dependency itself says that it is of no use: opens at once.
    void refused();

   private:
    friend class CircuitBreaker;
    Permit(CircuitBreaker& breaker, std::uint64_t period) : breaker_(&breaker), period_(period) {}

    CircuitBreaker* breaker_;  ///< null: it has been said, or moved on
    std::uint64_t period_;
  };

  CircuitBreaker(const Clock& clock, const Options& options);
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  /// None: answer without the dependency. The breaker must outlive the permit.
  std::optional<Permit> acquire();
  /// The same while closed and none otherwise, for callers who leave probing to somebody else.
  std::optional<Permit> acquire_unless_open();

  State state() const { return state_.load(std::memory_order_acquire); }
  /// When the state last changed: construction, at first.
  std::chrono::steady_clock::time_point since() const;
  /// How long until a probe may go ahead; zero unless open.
  std::chrono::milliseconds until_probe() const;
  /// How often it went from closed to open.
  std::uint64_t opened() const { return opened_.load(std::memory_order_relaxed); }

 private:
  enum class Outcome { kSucceeded, kFailed, kRefused, kUnknown };

  void end(std::uint64_t period, Outcome outcome);
  void move_to(State state);
  void open_for_backoff();

  const Clock& clock_;
  const Options options_;
  std::atomic<State> state_ = State::kClosed;
  std::atomic<std::uint64_t> period_ = 0;  ///< grows with every change of state
  std::atomic<std::uint64_t> opened_ = 0;
  std::atomic<int> failures_ = 0;  ///< in a row, while closed
  mutable std::mutex mutex_;       ///< guards changes of state and what is below
  Rng rng_;
  std::chrono::milliseconds backoff_;
  std::chrono::steady_clock::time_point since_;
  std::chrono::steady_clock::time_point probe_at_;
};

/// "closed", "open" or "half_open".
std::string_view to_string(CircuitBreaker::State state);

}  // namespace marquee
