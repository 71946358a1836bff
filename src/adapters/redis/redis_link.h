#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/redis/known_epoch.h"
#include "adapters/redis/session_pool.h"
#include "base/circuit_breaker.h"
#include "base/clock.h"

namespace marquee::redis {

/// Asks Redis, and tells the breaker how that went. Thread-safe.
class RedisLink {
 public:
  struct Options {
    std::size_t connections_max = 32;
    std::chrono::milliseconds slow_fill_max{0};
    CircuitBreaker::Options breaker;
  };
  using Replies = std::vector<Reply>;
  using Question = std::function<Result<Replies>(Session&)>;

  /// `clock` must outlive it.
  RedisLink(RedisAddress address, Keys keys, const Clock& clock, const Options& options);

  /// Who opens sessions that somebody waits for (open_wanted); set before the first call.
  void on_session_wanted(std::function<void()> wake) { wake_ = std::move(wake); }

  /// Asks on an idle session. When it fails, the permit has been told; when it succeeds, the caller
  /// tells it.
  Result<Replies> ask(CircuitBreaker::Permit& permit, SteadyTime deadline,
                      const Question& question);
  /// The same, opening a session when there is none.
  Result<Replies> ask_patiently(CircuitBreaker::Permit& permit, SteadyTime deadline,
                                const Question& question);
  /// A session beside those that questions go over. Tells the breaker nothing.
  Result<Session> open(SteadyTime deadline);
  bool wants_session() const { return pool_.wants_more(); }
  Result<void> open_session(CircuitBreaker::Permit& permit, SteadyTime deadline);

  CircuitBreaker& breaker() { return breaker_; }
  const CircuitBreaker& breaker() const { return breaker_; }
  KnownEpoch& epoch() { return epoch_; }
  const Keys& keys() const { return keys_; }
  const Clock& clock() const { return clock_; }

  /// Ok while the breaker is closed, else the last failure.
  Result<void> health() const;
  std::uint64_t timeouts() const { return timeouts_; }
  /// Calls that found no session free.
  std::uint64_t unconnected() const { return unconnected_; }
  std::uint64_t failures() const { return failures_; }
  const SessionPool& pool() const { return pool_; }

 private:
  Result<Replies> ask_on(Result<SessionPool::Loan> loan, CircuitBreaker::Permit& permit,
                         const Question& question);
  void count(const Error& error);

  const RedisAddress address_;
  const Keys keys_;
  const Clock& clock_;
  CircuitBreaker breaker_;
  KnownEpoch epoch_;
  SessionPool pool_;
  std::function<void()> wake_ = [] {};
  std::atomic<std::uint64_t> timeouts_ = 0;
  std::atomic<std::uint64_t> unconnected_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  mutable std::mutex mutex_;
  std::string last_failure_;
};

}  // namespace marquee::redis
