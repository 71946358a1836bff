#pragma once

#include <optional>
#include <span>

#include "telemetry/metrics.h"

namespace marquee::telemetry {

/// The value below which a share `q` (0–1) of all observations of these histograms lies, which have
/// the same bounds. Within a bucket observations are taken as evenly spread; beyond the last finite
/// bound the answer is that bound (as PromQL's histogram_quantile). None without an observation.
std::optional<double> quantile(std::span<const Sample> histograms, double q);

}  // namespace marquee::telemetry
