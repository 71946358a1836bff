#pragma once

#include <cstdint>

#include "base/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace marquee::s3 {

/// marquee_s3_*: how the calls to the lakehouse went, and whether it is left alone. Not
/// thread-safe.
class S3Metrics {
 public:
  /// `metrics` must outlive it.
  explicit S3Metrics(telemetry::Metrics& metrics);

  void answered() { answered_.add(); }      ///< also with "there is no such object"
  void failed() { failed_.add(); }          ///< no answer in time, or none that helps
  void left_alone() { left_alone_.add(); }  ///< not made, by the breaker
  void show(const CircuitBreaker& breaker);

 private:
  telemetry::Counter& answered_;
  telemetry::Counter& failed_;
  telemetry::Counter& left_alone_;
  telemetry::Gauge& state_;
  telemetry::Counter& opened_;
  std::uint64_t opened_shown_ = 0;
};

}  // namespace marquee::s3
