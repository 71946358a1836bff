#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/top_k.cpp"
#include "linalg/top_k.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>
#include <numeric>

#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#ifndef MARQUEE_TOP_K_SHARED
#define MARQUEE_TOP_K_SHARED
namespace marquee::linalg {

/// A score and its index as one number, the larger the better: the bits of the score, in the order
/// of their values as unsigned numbers, above the complement of the index.
inline std::uint64_t rank_of(float score, std::uint32_t index) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);  // -0 becomes 0, its equal
  const std::uint32_t ordered = bits ^ (bits >> 31U != 0 ? ~0U : 1U << 31U);
  return (std::uint64_t{ordered} << 32U) | ~index;
}

inline Scored scored_of(std::uint64_t rank) {
  const auto ordered = static_cast<std::uint32_t>(rank >> 32U);
  const std::uint32_t bits = ordered ^ (ordered >> 31U != 0 ? 1U << 31U : ~0U);
  return {~static_cast<std::uint32_t>(rank), std::bit_cast<float>(bits)};
}

}  // namespace marquee::linalg
#endif

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Writes the ranks of the scores that are at least `bound` behind one another, with room for a
/// vector more of them; returns how many.
std::size_t write_ranks(std::span<const float> scores, const std::uint32_t* indices, float bound,
                        std::uint64_t* ranks) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  const std::uint64_t* const begin = ranks;
  std::size_t i = 0;
  for (; i + lanes <= scores.size(); i += lanes) {
    const auto score = hn::LoadU(d, scores.data() + i);
    const auto reached = hn::RebindMask(du, hn::Ge(score, hn::Set(d, bound)));
    if (hn::AllFalse(du, reached)) continue;
    const auto bits = hn::Add(score, hn::Zero(d));
    const auto flipped = hn::Or(hn::BitCast(du, hn::BroadcastSignBit(hn::BitCast(di, bits))),
                                hn::Set(du, 1U << 31U));
    const auto ordered = hn::Xor(hn::BitCast(du, bits), flipped);
    const auto index = hn::Not(hn::LoadU(du, indices + i));
    // The lower half first, as the processor keeps it.
    hn::StoreInterleaved2(hn::Compress(index, reached), hn::Compress(ordered, reached), du,
                          reinterpret_cast<std::uint32_t*>(ranks));
    ranks += hn::CountTrue(du, reached);
  }
  for (; i < scores.size(); ++i) {
    if (scores[i] >= bound) *ranks++ = rank_of(scores[i], indices[i]);
  }
  return static_cast<std::size_t>(ranks - begin);
}

std::size_t lanes_of_floats() { return hn::Lanes(hn::ScalableTag<float>()); }

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(write_ranks);
HWY_EXPORT(lanes_of_floats);

static_assert(std::endian::native == std::endian::little, "write_ranks writes halves of numbers");

constexpr float kLowest = std::numeric_limits<float>::lowest();
/// How many scores pass before the threshold may rise.
constexpr std::size_t kChunk = 512;
/// As many times `count` wait at most: the more, the rarer a selection, and the later the threshold
/// rises.
constexpr std::size_t kRoom = 4;

}  // namespace

// The first threshold is the lowest finite number: it keeps out -infinity and, as every comparison
// with it is false, NaN.
TopK::TopK(std::size_t count) : count_(count), threshold_(kLowest) {}

void TopK::offer(std::span<const float> scores, std::span<const std::uint32_t> indices) {
  assert(scores.size() == indices.size());
  if (count_ == 0) return;
  ranks_.resize(kRoom * count_ + kChunk + HWY_DYNAMIC_DISPATCH(lanes_of_floats)());
  for (std::size_t begin = 0; begin < scores.size(); begin += kChunk) {
    const auto chunk = scores.subspan(begin, std::min(kChunk, scores.size() - begin));
    waiting_ +=
        HWY_DYNAMIC_DISPATCH(write_ranks)(chunk, &indices[begin], threshold_, &ranks_[waiting_]);
    if (waiting_ >= kRoom * count_) keep_best();
  }
}

void TopK::keep_best() {
  if (waiting_ < count_ || count_ == 0) return;
  if (waiting_ == count_ && threshold_ > kLowest) return;  // nobody came since
  const auto begin = ranks_.begin();
  const auto last = begin + static_cast<std::ptrdiff_t>(count_) - 1;
  std::nth_element(begin, last, begin + static_cast<std::ptrdiff_t>(waiting_), std::greater<>());
  threshold_ = scored_of(*last).score;
  waiting_ = count_;
}

std::vector<Scored> TopK::take() {
  keep_best();
  ranks_.resize(waiting_);
  std::sort(ranks_.begin(), ranks_.end(), std::greater<>());
  std::vector<Scored> best;
  best.reserve(waiting_);
  for (const std::uint64_t rank : ranks_) best.push_back(scored_of(rank));
  waiting_ = 0;
  threshold_ = kLowest;
  return best;
}

std::vector<Scored> top_k(std::span<const float> scores, std::size_t count) {
  TopK best(std::min(count, scores.size()));
  std::vector<std::uint32_t> indices(scores.size());
  std::iota(indices.begin(), indices.end(), 0U);
  best.offer(scores, indices);
  return best.take();
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
