#pragma once

#include <cstdint>
#include <optional>

#include "ports/run_store.h"
#include "telemetry/metrics.h"

namespace marquee::scheduling {

/// marquee_runs_total{status}, counted since the process started, and
/// marquee_run_last_success_age_seconds, which does not exist before the first success.
class RunMetrics {
 public:
  explicit RunMetrics(telemetry::Metrics& metrics);

  /// A run has ended.
  void count(RunStatus status);
  void set_last_success(std::optional<std::int64_t> at_ms) { last_success_ms_ = at_ms; }
  void show_age(std::int64_t now_ms);

 private:
  telemetry::Metrics& metrics_;
  std::optional<std::int64_t> last_success_ms_;
};

}  // namespace marquee::scheduling
