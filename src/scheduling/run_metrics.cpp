#include "scheduling/run_metrics.h"

#include <algorithm>
#include <string>

namespace marquee::scheduling {
namespace {

telemetry::Counter& counter(telemetry::Metrics& metrics, RunStatus status) {
  return metrics.counter("marquee_runs_total", "Runs of the batch pipeline that have ended",
                         {{"status", std::string(to_string(status))}});
}

}  // namespace

RunMetrics::RunMetrics(telemetry::Metrics& metrics) : metrics_(metrics) {
  for (const RunStatus status :
       {RunStatus::kSucceeded, RunStatus::kFailed, RunStatus::kRefused, RunStatus::kCancelled}) {
    counter(metrics_, status);  // at 0 from the start, so that a rate can be taken
  }
}

void RunMetrics::count(RunStatus status) { counter(metrics_, status).add(); }

void RunMetrics::show_age(std::int64_t now_ms) {
  if (!last_success_ms_) return;
  metrics_
      .gauge("marquee_run_last_success_age_seconds",
             "Since a run of the batch pipeline last succeeded")
      .set(static_cast<double>(std::max<std::int64_t>(0, now_ms - *last_success_ms_)) / 1e3);
}

}  // namespace marquee::scheduling
