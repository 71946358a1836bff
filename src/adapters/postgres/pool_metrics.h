#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace marquee::postgres {

/// How a pool of connections is, and which calls it did not make so far.
struct PostgresPoolCounts {
  CircuitBreaker::State breaker = CircuitBreaker::State::kClosed;
  std::chrono::milliseconds until_probe{0};  ///< while the breaker is open
  std::uint64_t breaker_opened = 0;
  std::size_t size = 0;                ///< connections at most
  std::size_t open = 0;                ///< idle or in use
  std::size_t in_use = 0;              ///< with a statement under way
  std::size_t waiting = 0;             ///< callers, for one of those
  std::uint64_t left_alone = 0;        ///< calls that were refused while the breaker was open
  std::uint64_t none_free = 0;         ///< calls that were refused as no connection was free
  std::uint64_t missed_deadlines = 0;  ///< waits for the server that took too long
};

/// marquee_postgres_*. Not thread-safe.
class PostgresPoolMetrics {
 public:
  /// `metrics` must outlive it.
  explicit PostgresPoolMetrics(telemetry::Metrics& metrics);

  void show(const PostgresPoolCounts& now);

 private:
  telemetry::Gauge& up_;
  telemetry::Gauge& breaker_;
  telemetry::Gauge& until_probe_;
  telemetry::Gauge& size_;
  telemetry::Gauge& open_;
  telemetry::Gauge& in_use_;
  telemetry::Gauge& waiting_;
  telemetry::Counter& left_alone_;
  telemetry::Counter& none_free_;
  telemetry::Counter& breaker_opened_;
  telemetry::Counter& missed_deadlines_;
  PostgresPoolCounts shown_;
};

}  // namespace marquee::postgres
