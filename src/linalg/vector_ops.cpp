#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/vector_ops.cpp"
#include "linalg/vector_ops.h"

#include <cassert>

#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Four accumulators hide the latency of the fused multiply-add; the order of additions depends on
// `size` only, so equal inputs give equal bits wherever they stand in memory.
HWY_INLINE float dot_kernel(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b,
                            std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  auto sum2 = hn::Zero(d);
  auto sum3 = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), sum1);
    sum2 = hn::MulAdd(hn::LoadU(d, a + i + 2 * lanes), hn::LoadU(d, b + i + 2 * lanes), sum2);
    sum3 = hn::MulAdd(hn::LoadU(d, a + i + 3 * lanes), hn::LoadU(d, b + i + 3 * lanes), sum3);
  }
  for (; i + lanes <= size; i += lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
  for (; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

float dot(const float* a, const float* b, std::size_t size) { return dot_kernel(a, b, size); }

void axpy(float alpha, const float* HWY_RESTRICT x, float* HWY_RESTRICT y, std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, alpha);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  }
  for (; i < size; ++i) y[i] += alpha * x[i];
}

void scores(const float* matrix, const float* query, std::size_t k, float* out, std::size_t rows) {
  for (std::size_t r = 0; r < rows; ++r) out[r] = dot_kernel(matrix + r * k, query, k);
}

void scores_of_rows(const float* matrix, std::span<const std::uint32_t> rows, const float* query,
                    std::size_t k, float* out) {
  constexpr std::size_t kAhead = 6;        // some 100 ns of work
  constexpr std::size_t kLineFloats = 16;  // of a cache line
  for (std::size_t n = 0; n < rows.size(); ++n) {
    if (n + kAhead < rows.size()) {
      const float* ahead = matrix + rows[n + kAhead] * k;
      for (std::size_t i = 0; i < k; i += kLineFloats) hwy::Prefetch(ahead + i);
    }
    out[n] = dot_kernel(matrix + rows[n] * k, query, k);
  }
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(dot);
HWY_EXPORT(axpy);
HWY_EXPORT(scores);
HWY_EXPORT(scores_of_rows);

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  return HWY_DYNAMIC_DISPATCH(dot)(a.data(), b.data(), a.size());
}

void axpy(float alpha, std::span<const float> x, std::span<float> y) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(axpy)(alpha, x.data(), y.data(), x.size());
}

void scores(std::span<const float> matrix, std::span<const float> query, std::span<float> out) {
  assert(matrix.size() == out.size() * query.size());
  HWY_DYNAMIC_DISPATCH(scores)(matrix.data(), query.data(), query.size(), out.data(), out.size());
}

void scores_of_rows(std::span<const float> matrix, std::span<const std::uint32_t> rows,
                    std::span<const float> query, std::span<float> out) {
  assert(rows.size() == out.size());
  HWY_DYNAMIC_DISPATCH(scores_of_rows)
  (matrix.data(), rows, query.data(), query.size(), out.data());
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
