#include "adapters/s3/s3_metrics.h"

namespace marquee::s3 {
namespace {

telemetry::Counter& calls(telemetry::Metrics& metrics, const char* result) {
  return metrics.counter("marquee_s3_calls_total", "Calls to the lakehouse in S3",
                         {{"result", result}});
}

}  // namespace

S3Metrics::S3Metrics(telemetry::Metrics& metrics)
    : answered_(calls(metrics, "answered")),
      failed_(calls(metrics, "failed")),
      left_alone_(calls(metrics, "left_alone")),
      state_(metrics.gauge("marquee_s3_breaker_state",
                           "0 closed, 1 open, 2 half open: one call probes S3; as of the last "
                           "call")),
      opened_(metrics.counter("marquee_s3_breaker_opened_total", "Times that S3 was found away")) {}

void S3Metrics::show(const CircuitBreaker& breaker) {
  state_.set(static_cast<double>(breaker.state()));
  const std::uint64_t opened = breaker.opened();
  opened_.add(static_cast<double>(opened - opened_shown_));
  opened_shown_ = opened;
}

}  // namespace marquee::s3
