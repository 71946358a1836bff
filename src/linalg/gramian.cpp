#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/gramian.cpp"
#include "linalg/gramian.h"

#include <algorithm>
#include <cassert>

#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#include "base/parallel_for.h"
#include "linalg/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

void add_block(const float* rows, std::size_t k, std::size_t count, float* out) {
  add_outer_products(rows, k, count, out);
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(add_block);

constexpr std::size_t kRowsOfBlock = 128;
// Stripe s sums blocks s, s + kStripes, …; then the stripes are summed in order. Their number is
// fixed, so that the grouping of the additions, and with it every rounding, is too.
constexpr std::size_t kStripes = 16;

/// The stripe's own sum, upper triangle, padded.
AlignedFloats sum_of_stripe(std::span<const float> matrix, std::size_t k, std::size_t stripe) {
  const std::size_t rows = matrix.size() / k;
  const std::size_t stride = padded(k);
  AlignedFloats sum(stride * stride);
  AlignedFloats block(kRowsOfBlock * stride);
  for (std::size_t first = stripe * kRowsOfBlock; first < rows; first += kStripes * kRowsOfBlock) {
    const std::size_t count = std::min(kRowsOfBlock, rows - first);
    for (std::size_t r = 0; r < count; ++r) {
      std::copy_n(matrix.data() + (first + r) * k, k, block.data() + r * stride);
    }
    HWY_DYNAMIC_DISPATCH(add_block)(block.data(), stride, count, sum.data());
  }
  return sum;
}

}  // namespace

std::vector<float> gramian(std::span<const float> matrix, std::size_t k, std::size_t workers) {
  assert(k > 0 && matrix.size() % k == 0);
  const std::size_t stride = padded(k);
  std::vector<AlignedFloats> sums(kStripes);
  parallel_for(workers, kStripes, 1, [&](std::size_t, std::size_t stripe) {
    sums[stripe] = sum_of_stripe(matrix, k, stripe);
  });
  std::vector<float> result(k * k);
  for (std::size_t r = 0; r < k; ++r) {
    for (std::size_t c = r; c < k; ++c) {
      float sum = 0;
      for (const AlignedFloats& stripe : sums) sum += stripe[r * stride + c];
      result[r * k + c] = sum;
      result[c * k + r] = sum;
    }
  }
  return result;
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
