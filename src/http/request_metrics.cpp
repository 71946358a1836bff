#include "http/request_metrics.h"

namespace marquee::http {

void RequestMetrics::record(std::string_view route, int status, std::string_view tier,
                            double seconds) {
  auto known = routes_.find(route);
  if (known == routes_.end()) known = routes_.emplace(std::string(route), Route{}).first;

  telemetry::Counter*& counter = known->second.by_status[status];
  if (counter == nullptr) {
    counter =
        &metrics_.counter("marquee_requests_total", "HTTP requests answered, by route and status",
                          {{"route", known->first}, {"status", std::to_string(status)}});
  }
  counter->add();

  auto& by_tier = known->second.by_tier;
  auto histogram = by_tier.find(tier);
  if (histogram == by_tier.end()) {
    telemetry::Labels labels{{"route", known->first}};
    if (!tier.empty()) labels.emplace("tier", std::string(tier));
    telemetry::Histogram& made = metrics_.histogram(
        "marquee_request_seconds",
        "Seconds from a complete request to its answer, by route and tier", labels);
    histogram = by_tier.emplace(std::string(tier), &made).first;
  }
  histogram->second->observe(seconds);
}

}  // namespace marquee::http
