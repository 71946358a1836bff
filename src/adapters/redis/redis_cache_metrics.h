#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace marquee::redis {

/// What a RedisCache has done so far and how it is now.
struct RedisCacheCounts {
  CircuitBreaker::State breaker = CircuitBreaker::State::kClosed;
  std::chrono::milliseconds until_probe{0};  ///< while the breaker is open
  std::uint64_t breaker_opened = 0;
  std::uint64_t hits = 0;        ///< in Redis
  std::uint64_t misses = 0;      ///< Redis answered, and had no list that may be shown
  std::uint64_t unanswered = 0;  ///< misses without an answer: breaker open, gap, failure
  std::uint64_t fills = 0;
  std::uint64_t fills_dropped = 0;  ///< overtaken, held off, or not taken by Redis
  std::uint64_t bumps = 0;          ///< confirmed by Redis
  std::uint64_t timeouts = 0;
  std::uint64_t unconnected = 0;       ///< no connection was free
  std::uint64_t failures = 0;          ///< connection lost, not RESP, refused by Redis
  std::uint64_t damaged = 0;           ///< lists that failed their checksum or format
  std::uint64_t gaps = 0;              ///< times that everything stored had to be given up
  std::uint64_t kept_bumps = 0;        ///< now waiting to be confirmed
  std::uint64_t connections = 0;       ///< now in use
  std::uint64_t connections_open = 0;  ///< these, and idle ones
  std::uint64_t connections_max = 0;
  std::uint64_t near_hits = 0;           ///< in this process, without a question to Redis
  std::uint64_t near_kept_out = 0;       ///< copies that came after their invalidation
  std::uint64_t near_invalidations = 0;  ///< keys that Redis said have changed
  std::uint64_t near_losses = 0;         ///< times that all copies went, as Redis was not heard
  std::uint64_t near_lists = 0;          ///< copies now
  std::uint64_t near_bytes = 0;
  bool near_up = false;  ///< copies are used now
};

/// marquee_redis_cache_*. Not thread-safe.
class RedisCacheMetrics {
 public:
  /// `metrics` must outlive it.
  explicit RedisCacheMetrics(telemetry::Metrics& metrics);

  void show(const RedisCacheCounts& now);

 private:
  telemetry::Gauge& up_;
  telemetry::Gauge& breaker_;
  telemetry::Gauge& until_probe_;
  telemetry::Gauge& kept_bumps_;
  telemetry::Gauge& connections_;
  telemetry::Gauge& connections_open_;
  telemetry::Gauge& connections_max_;
  telemetry::Gauge& near_up_;
  telemetry::Gauge& near_lists_;
  telemetry::Gauge& near_bytes_;
  std::array<telemetry::Counter*, 16> counters_;
  RedisCacheCounts shown_;
};

}  // namespace marquee::redis
