#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/redis/near_lists.h"
#include "adapters/redis/redis_link.h"
#include "base/result.h"

namespace marquee::redis {

/// The thread that hears from Redis which lists have changed, and drops their copies
/// (docs/decisions/0039). One connection in RESP2: CLIENT TRACKING in broadcasting mode, redirected
/// to that connection itself, which then listens to __redis__:invalidate. It tells of every write,
/// deletion, expiry and eviction of a list, whoever did it, and of the epoch.
///
/// The copies are trusted while the connection answers a PING within `answer_max`, and from then on
/// for as long counted from when it was asked. A lost connection, a late answer, or an epoch of
/// another run of the server drops them all, and it connects anew.
class InvalidationFeed {
 public:
  struct Options {
    std::chrono::milliseconds answer_max{1'000};
    std::chrono::milliseconds ping_interval{250};
    std::chrono::milliseconds open_budget{250};
  };
  /// `link` and `near` must outlive it.
  InvalidationFeed(RedisLink& link, NearLists& near, const Options& options);
  ~InvalidationFeed();
  InvalidationFeed(const InvalidationFeed&) = delete;
  InvalidationFeed& operator=(const InvalidationFeed&) = delete;

  /// Ok while the copies are trusted, else kUnavailable with the reason.
  Result<void> health() const;
  std::uint64_t invalidations() const { return invalidations_; }  ///< keys that have changed
  std::uint64_t losses() const { return losses_; }                ///< of a connection that worked

 private:
  void run();
  /// Connects and listens; returns why that ended.
  Error follow();
  Result<void> subscribe(Session& session);
  /// Asks once and hears what comes until the next question is due.
  Result<void> listen(Session& session, std::uint64_t question);
  /// True when `reply` answers `question`.
  Result<bool> hear(const redisReply& reply, std::uint64_t question);
  Result<void> drop(const redisReply& keys);
  bool is_stopping() const;

  RedisLink& link_;
  NearLists& near_;
  const Options options_;
  const std::string list_prefix_;
  bool is_heard_ = false;  ///< this connection was trusted once; touched by the thread only
  std::atomic<std::uint64_t> invalidations_ = 0;
  std::atomic<std::uint64_t> losses_ = 0;
  mutable std::mutex mutex_;  ///< guards what is below
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::string trouble_ = "has not connected yet";
  std::thread thread_;
};

}  // namespace marquee::redis
