#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "telemetry/metrics.h"

namespace marquee::http {

/// Counts answers: marquee_requests_total{route,status}, marquee_request_seconds{route,tier}. Keeps
/// what it has looked up, so one belongs to one event loop. Not thread-safe.
class RequestMetrics {
 public:
  explicit RequestMetrics(telemetry::Metrics& metrics) : metrics_(metrics) {}

  /// `tier` may be empty: then the label is left out.
  void record(std::string_view route, int status, std::string_view tier, double seconds);

 private:
  struct Route {
    std::map<int, telemetry::Counter*> by_status;
    std::map<std::string, telemetry::Histogram*, std::less<>> by_tier;
  };

  telemetry::Metrics& metrics_;
  std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace marquee::http
