#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/top_k.cpp"
#include "linalg/top_k.h"

#include <algorithm>
#include <utility>

#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Offers every score but those that whole vectors show to be below the threshold.
void offer_all(const float* scores, std::size_t size, TopK& best) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto reaches = hn::Ge(hn::LoadU(d, scores + i), hn::Set(d, best.threshold()));
    if (hn::AllFalse(d, reaches)) continue;
    for (std::size_t j = i; j < i + lanes; ++j) {
      best.offer(static_cast<std::uint32_t>(j), scores[j]);
    }
  }
  for (; i < size; ++i) best.offer(static_cast<std::uint32_t>(i), scores[i]);
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(offer_all);

constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr float kNever = std::numeric_limits<float>::infinity();

}  // namespace

// The first threshold is the lowest finite number: it keeps out -infinity and, as every comparison
// with it is false, NaN.
TopK::TopK(std::size_t count) : count_(count), threshold_(count == 0 ? kNever : kLowest) {}

void TopK::insert(const Scored& candidate) {
  if (count_ == 0) return;
  if (heap_.size() == count_) {
    if (!ranks_before(candidate, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), ranks_before);
    heap_.back() = candidate;
  } else {
    heap_.push_back(candidate);
  }
  std::push_heap(heap_.begin(), heap_.end(), ranks_before);
  if (heap_.size() == count_) threshold_ = heap_.front().score;
}

std::vector<Scored> TopK::take() {
  std::sort(heap_.begin(), heap_.end(), ranks_before);
  threshold_ = count_ == 0 ? kNever : kLowest;
  return std::exchange(heap_, {});
}

std::vector<Scored> top_k(std::span<const float> scores, std::size_t count) {
  TopK best(std::min(count, scores.size()));
  HWY_DYNAMIC_DISPATCH(offer_all)(scores.data(), scores.size(), best);
  return best.take();
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
