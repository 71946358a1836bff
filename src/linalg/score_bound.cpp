#include "linalg/score_bound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace marquee::linalg {
namespace {

constexpr std::size_t kLanes = 8;  // independent chains, which the compiler makes vectors of
constexpr int kBins = 256;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Range {
  float low = kInfinity;
  float high = -kInfinity;
};

/// Of all that are numbers: a comparison with NaN is false.
Range range_of(std::span<const float> scores) {
  std::array<float, kLanes> low;
  std::array<float, kLanes> high;
  low.fill(kInfinity);
  high.fill(-kInfinity);
  const std::size_t whole = scores.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float score = scores[i + lane];
      low[lane] = score < low[lane] ? score : low[lane];
      high[lane] = score > high[lane] ? score : high[lane];
    }
  }
  Range range;
  for (std::size_t i = whole; i < scores.size(); ++i) {
    range.low = scores[i] < range.low ? scores[i] : range.low;
    range.high = scores[i] > range.high ? scores[i] : range.high;
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    range.low = std::min(range.low, low[lane]);
    range.high = std::max(range.high, high[lane]);
  }
  return range;
}

}  // namespace

float score_bound(std::span<const float> scores, std::size_t count) {
  if (count == 0 || scores.empty()) return -kInfinity;
  const Range range = range_of(scores);
  const float unit = static_cast<float>(kBins) / (range.high - range.low);
  if (!std::isfinite(unit) || unit <= 0) return range.low <= range.high ? range.low : -kInfinity;
  // The edge of a bin must be the same number here and in the comparison with it, so a score is
  // counted for the highest edge that it reaches.
  std::array<float, kBins> edges;
  for (int bin = 0; bin < kBins; ++bin) {
    edges[bin] = std::max(range.low, range.low + static_cast<float>(bin) / unit);
  }
  std::array<std::array<std::uint32_t, kBins>, 4> counts{};  // four, so that equal bins do not wait
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const float place = (scores[i] - range.low) * unit;
    int bin = static_cast<int>(place < static_cast<float>(kBins - 1) ? place : kBins - 1);
    bin = bin < 0 ? 0 : bin;
    bin -= scores[i] < edges[bin] ? 1 : 0;  // rounding
    counts[i % 4][bin < 0 ? 0 : bin] += std::isnan(scores[i]) ? 0U : 1U;
  }
  std::size_t reached = 0;
  int bin = kBins;
  while (bin > 0 && reached < count) {
    --bin;
    for (const auto& part : counts) reached += part[bin];
  }
  return edges[bin];
}

std::vector<std::uint32_t> indices_at_least(std::span<const float> scores, float bound) {
  std::vector<std::uint32_t> indices(scores.size() + 1);
  std::size_t found = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    indices[found] = static_cast<std::uint32_t>(i);
    found += scores[i] >= bound ? 1U : 0U;
  }
  indices.resize(found);
  return indices;
}

}  // namespace marquee::linalg
