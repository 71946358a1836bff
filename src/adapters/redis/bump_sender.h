#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "adapters/redis/kept_bumps.h"
#include "adapters/redis/redis_link.h"

namespace marquee::redis {

/// The thread in the background of a RedisCache: sends bumps, opens sessions, begins another epoch
/// after a gap, and probes while the breaker is open. `link` and `kept` must outlive it.
class BumpSender {
 public:
  struct Options {
    std::chrono::milliseconds budget{250};     ///< for one exchange
    std::chrono::milliseconds version_ttl{0};  ///< longer than any list's
  };
  BumpSender(RedisLink& link, KeptBumps& kept, const Options& options);
  /// Tries once more to send what is kept.
  ~BumpSender();
  BumpSender(const BumpSender&) = delete;
  BumpSender& operator=(const BumpSender&) = delete;

  /// There is something to do.
  void wake();
  /// Called by the thread at least once a second.
  void every_second(std::function<void()> call);
  std::uint64_t sent() const { return sent_; }

 private:
  void run();
  bool has_work() const;
  std::chrono::milliseconds pause() const;
  void call_every_second(std::chrono::steady_clock::time_point& next);
  /// Everything there is to do, and tells `permit`; false when Redis did not take it.
  bool work(CircuitBreaker::Permit& permit);
  bool begin_epoch(CircuitBreaker::Permit& permit);
  bool send_some(CircuitBreaker::Permit& permit);
  bool probe(CircuitBreaker::Permit& permit);
  SteadyTime deadline() const { return std::chrono::steady_clock::now() + options_.budget; }

  RedisLink& link_;
  KeptBumps& kept_;
  const Options options_;
  std::atomic<std::uint64_t> sent_ = 0;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  bool failed_ = false;  ///< the last try; the next waits a little
  std::function<void()> every_second_ = [] {};
  std::thread thread_;
};

}  // namespace marquee::redis
