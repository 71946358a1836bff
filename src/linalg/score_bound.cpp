#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/score_bound.cpp"
#include "linalg/score_bound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#ifndef MARQUEE_SCORE_BOUND_SHARED
#define MARQUEE_SCORE_BOUND_SHARED
namespace marquee::linalg {

constexpr std::size_t kBins = 256;
using Histogram = std::array<std::uint32_t, kBins>;

struct ScoreRange {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
};

}  // namespace marquee::linalg
#endif

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Of all that are numbers: a comparison with NaN is false.
ScoreRange range_of(const float* scores, std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  ScoreRange range;
  auto low = hn::Set(d, range.low);
  auto high = hn::Set(d, range.high);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto score = hn::LoadU(d, scores + i);
    low = hn::IfThenElse(hn::Lt(score, low), score, low);
    high = hn::IfThenElse(hn::Gt(score, high), score, high);
  }
  range.low = hn::GetLane(hn::MinOfLanes(d, low));
  range.high = hn::GetLane(hn::MaxOfLanes(d, high));
  for (; i < size; ++i) {
    range.low = scores[i] < range.low ? scores[i] : range.low;
    range.high = scores[i] > range.high ? scores[i] : range.high;
  }
  return range;
}

/// The bin ⌊(score − low)·unit⌋ of each of `size` scores, at least 0 and below kBins; 0 of NaN.
void bins_of(const float* scores, std::size_t size, float low, float unit, std::int32_t* bins) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const std::size_t lanes = hn::Lanes(d);
  const auto last = hn::Set(d, static_cast<float>(kBins - 1));
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto place =
        hn::Mul(hn::Sub(hn::LoadU(d, scores + i), hn::Set(d, low)), hn::Set(d, unit));
    const auto above = hn::IfThenElseZero(hn::Gt(place, hn::Zero(d)), place);
    hn::StoreU(hn::ConvertTo(di, hn::Min(above, last)), di, bins + i);
  }
  for (; i < size; ++i) {
    const float place = (scores[i] - low) * unit;
    const float above = place > 0 ? place : 0;
    bins[i] = static_cast<std::int32_t>(std::min(above, static_cast<float>(kBins - 1)));
  }
}

std::size_t count_at_least(const float* scores, std::size_t size, float bound) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    count += hn::CountTrue(d, hn::Ge(hn::LoadU(d, scores + i), hn::Set(d, bound)));
  }
  for (; i < size; ++i) count += scores[i] >= bound ? 1U : 0U;
  return count;
}

/// Writes them to `indices`, which has room for a vector more than there are.
void pick_at_least(const float* scores, std::size_t size, float bound, std::uint32_t* indices) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto reached = hn::Ge(hn::LoadU(d, scores + i), hn::Set(d, bound));
    if (hn::AllFalse(d, reached)) continue;
    // Compressed in a register and stored whole: to memory it is many times as slow on Zen 4.
    const auto here = hn::Iota(du, static_cast<std::uint32_t>(i));
    hn::StoreU(hn::Compress(here, hn::RebindMask(du, reached)), du, indices);
    indices += hn::CountTrue(d, reached);
  }
  for (; i < size; ++i) {
    if (scores[i] >= bound) *indices++ = static_cast<std::uint32_t>(i);
  }
}

std::size_t lanes_of_floats() { return hn::Lanes(hn::ScalableTag<float>()); }

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(range_of);
HWY_EXPORT(bins_of);
HWY_EXPORT(count_at_least);
HWY_EXPORT(pick_at_least);
HWY_EXPORT(lanes_of_floats);

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Histogram histogram_of(std::span<const float> scores, float low, float unit) {
  constexpr std::size_t kChunk = 512;
  std::array<std::int32_t, kChunk> bins;
  std::array<Histogram, 4> counts{};  // four, so that equal bins do not wait for one another
  for (std::size_t begin = 0; begin < scores.size(); begin += kChunk) {
    const std::size_t size = std::min(kChunk, scores.size() - begin);
    HWY_DYNAMIC_DISPATCH(bins_of)(scores.data() + begin, size, low, unit, bins.data());
    for (std::size_t i = 0; i < size; ++i) ++counts[i % 4][static_cast<std::size_t>(bins[i])];
  }
  Histogram sums{};
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    for (const Histogram& part : counts) sums[bin] += part[bin];
  }
  return sums;
}

/// What every score of `bin` and above reaches, however its place was rounded (twice, each time by
/// less than 2^-23 of it).
float lower_edge(const ScoreRange& range, float unit, std::size_t bin) {
  constexpr double kRoundedDown = 1 - 0x1p-20;
  const double above = static_cast<double>(bin) / double{unit} * kRoundedDown;
  const auto edge = static_cast<float>(double{range.low} + above);
  return std::max(range.low, std::nextafter(edge, -kInfinity));
}

}  // namespace

float score_bound(std::span<const float> scores, std::size_t count) {
  if (count == 0 || scores.empty()) return -kInfinity;
  const ScoreRange range = HWY_DYNAMIC_DISPATCH(range_of)(scores.data(), scores.size());
  const float unit = static_cast<float>(kBins) / (range.high - range.low);
  const bool has_bins = std::isfinite(unit) && unit > 0;
  if (!has_bins || count >= scores.size()) return range.low <= range.high ? range.low : -kInfinity;
  const Histogram counts = histogram_of(scores, range.low, unit);
  std::size_t reached = 0;
  std::size_t bin = kBins;
  while (bin > 1 && reached < count) reached += counts[--bin];
  return reached < count ? range.low : lower_edge(range, unit, bin);
}

float largest(std::span<const float> scores) {
  return HWY_DYNAMIC_DISPATCH(range_of)(scores.data(), scores.size()).high;
}

std::vector<std::uint32_t> indices_at_least(std::span<const float> scores, float bound) {
  const float* first = scores.data();
  const std::size_t count = HWY_DYNAMIC_DISPATCH(count_at_least)(first, scores.size(), bound);
  std::vector<std::uint32_t> indices(count + HWY_DYNAMIC_DISPATCH(lanes_of_floats)());
  HWY_DYNAMIC_DISPATCH(pick_at_least)(first, scores.size(), bound, indices.data());
  indices.resize(count);
  return indices;
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
