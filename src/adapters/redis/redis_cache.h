#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/redis/redis_address.h"
#include "adapters/redis/redis_cache_metrics.h"
#include "base/circuit_breaker.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/recommendation_cache.h"

namespace marquee::redis {

/// L1 in a Redis (6.2 or later, a primary) that many processes share. A hit is one round trip: MGET
/// of the epoch, the viewer's last bump and the list, which names whom and what it is for.
///
/// **Nothing overtaken is shown.**
///   fills    compare in Redis (adapters/redis/scripts.h), with the viewer's last bump and the list
///            that is there. A bump also deletes the list that it overtakes, so that the list stays
///            gone should Redis evict the bump.
///   bumps    count at once in this process, and go to Redis in the background, many in one round
///            trip; until Redis has confirmed one, it is kept here. Others see it that much later.
///   epoch    every list belongs to an epoch, a key of its own; another epoch makes all lists dead.
///            clear() begins one. So does whoever connects first to another run of the server,
///            which may have lost bumps (adapters/redis/session.h), and whoever had more bumps to
///            keep than it has room for (a gap).
/// What is left: under an eviction policy a bump may be evicted while a fill that it overtook is
/// under way, so give Redis an LRU policy and room; and a list may be shown by process A for as
/// long as a bump of process B has not been confirmed. For both there is find()'s `version_min`.
///
/// **Redis may be away.** No call waits longer than its budget. Failures in a row, or one refusal
/// (no memory, read-only, loading, wrong password), open the breaker: then every find is a miss and
/// every fill is dropped, at no cost, while the background thread probes. The cache is used again
/// once a probe has written something and all kept bumps have been confirmed.
///
/// **Near copies.** A list that was read from Redis is kept in this process too, and found there
/// without a question to Redis, until Redis tells that it has changed (InvalidationFeed), or has
/// not been heard of for `near_answer_max`. A bump, a fill and a clear() of this process drop its
/// copy at once. With the breaker open or a gap no copy is shown either.
///
/// Threads: any. `movies` and `clock` must outlive it.
class RedisCache final : public RecommendationCache {
 public:
  struct Options {
    std::string prefix = "recs:";  ///< of every key
    std::chrono::milliseconds ttl{3'600'000};
    /// For a find or a fill, all of it: a place among the connections, connecting, the answer.
    std::chrono::milliseconds call_budget{5};
    /// For what nobody waits for, such as bumps and probes; and for clear().
    std::chrono::milliseconds background_budget{250};
    std::size_t connections_max = 32;
    std::size_t kept_bumps_max = 100'000;  ///< about 10 MB
    /// Longer than any list takes from reading the profile to its fill.
    std::chrono::milliseconds slow_fill_max{5'000};
    std::size_t near_bytes_max = 0;  ///< of near copies; 0: none
    std::chrono::milliseconds near_answer_max{1'000};
    CircuitBreaker::Options breaker;
  };
  /// Never fails for a Redis that is away: it is found when it comes.
  RedisCache(RedisAddress address, MovieTable& movies, const Clock& clock, Options options);
  /// Sends the bumps that are kept, if Redis takes them within the background budget.
  ~RedisCache() override;

  std::shared_ptr<const CachedList> find(const UserId& user,
                                         const std::optional<ModelVersion>& generation,
                                         std::uint64_t version_min) override;
  void fill(const UserId& user, std::shared_ptr<const CachedList> list) override;
  void bump(const UserId& user, std::uint64_t version) override;
  void clear() override;
  /// What all of that Redis uses, asked for every second once report_to() was called, what was
  /// filled since (0 when unknown), and the near copies. From memory.
  std::size_t bytes() const override;

  /// Ok while Redis is used, else kUnavailable with the last failure and what to do.
  Result<void> health() const;
  /// Ok while near copies are used, or are turned off; else why not. Lists are right either way.
  Result<void> near_health() const;
  RedisCacheCounts counts() const;
  /// From now on the counts go to `metrics`, which must outlive this, once a second.
  void report_to(telemetry::Metrics& metrics);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::redis
