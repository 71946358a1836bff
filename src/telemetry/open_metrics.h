#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace marquee::telemetry {

/// `families` in the OpenMetrics 1.0 text format, "# EOF" included. A counter's family goes without
/// the "_total" of its samples; numbers are the shortest that read back the same, and bucket bounds
/// keep a decimal point, as the format's canonical numbers do. Pure.
std::string open_metrics_text(const std::vector<prometheus::MetricFamily>& families);

}  // namespace marquee::telemetry
