#include "telemetry/quantile.h"

#include <cmath>
#include <map>

namespace marquee::telemetry {

std::optional<double> quantile(std::span<const Sample> histograms, double q) {
  std::map<double, std::uint64_t> at_most;
  for (const Sample& sample : histograms) {
    for (const Bucket& bucket : sample.buckets) at_most[bucket.bound] += bucket.count;
  }
  if (at_most.empty() || at_most.rbegin()->second == 0) return std::nullopt;
  const double wanted = q * static_cast<double>(at_most.rbegin()->second);
  double low = 0;
  double below = 0;
  for (const auto& [bound, count] : at_most) {
    const auto up_to = static_cast<double>(count);
    if (up_to >= wanted && up_to > below) {
      return std::isinf(bound) ? low : low + (bound - low) * (wanted - below) / (up_to - below);
    }
    if (!std::isinf(bound)) low = bound;
    below = up_to;
  }
  return low;
}

}  // namespace marquee::telemetry
