#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/normal_equations.cpp"
#include "linalg/normal_equations.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#include "linalg/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

/// out = scale·gramian + ridge·I, the upper triangle padded with the identity.
void start(const float* gramian, std::size_t k, std::size_t stride, float scale, float ridge,
           float* out) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, scale);
  for (std::size_t r = 0; r < stride; ++r) {
    float* row = out + r * stride;
    std::size_t j = r / lanes * lanes;
    if (r < k) {
      for (; j + lanes <= k; j += lanes) {
        hn::Store(hn::Mul(factor, hn::LoadU(d, gramian + r * k + j)), d, row + j);
      }
      for (; j < k; ++j) row[j] = scale * gramian[r * k + j];
    }
    for (; j < stride; ++j) row[j] = 0;
    row[r] = r < k ? row[r] + ridge : 1.0F;  // the padding solves to zero, leaving the rest alone
  }
}

/// √w of `count` weights, 1 where there are none.
HWY_INLINE void take_roots(const float* weights, std::size_t count, float* HWY_RESTRICT roots) {
  if (weights == nullptr) {
    std::fill_n(roots, count, 1.0F);
    return;
  }
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Sqrt(hn::LoadU(d, weights + i)), d, roots + i);
  }
  for (; i < count; ++i) roots[i] = std::sqrt(weights[i]);
}

/// Gathers √w·y of the rows named: padded and contiguous.
HWY_INLINE void gather(const float* matrix, std::size_t k, std::size_t stride,
                       const std::uint32_t* rows, const float* roots, std::size_t count,
                       float* HWY_RESTRICT batch) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t whole = k / lanes * lanes;
  constexpr std::size_t kAhead = 12;  // rows lie anywhere in memory: ask for them in time
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      const float* later = matrix + rows[i + kAhead] * k;
      for (std::size_t j = 0; j < k; j += 16) hwy::Prefetch(later + j);
    }
    const float* row = matrix + rows[i] * k;
    float* packed = batch + i * stride;
    const auto root = hn::Set(d, roots[i]);
    std::size_t j = 0;
    for (; j < whole; j += lanes) {
      hn::Store(hn::Mul(root, hn::LoadU(d, row + j)), d, packed + j);
    }
    for (; j < k; ++j) packed[j] = roots[i] * row[j];
    for (; j < stride; ++j) packed[j] = 0;
  }
}

/// right += Σ √w·(√w·y) over the gathered rows, one vector of columns at a time in registers.
HWY_INLINE void add_right_side(const float* batch, std::size_t stride, const float* roots,
                               std::size_t count, float* HWY_RESTRICT right) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t j = 0; j < stride; j += lanes) {
    auto even = hn::Load(d, right + j);
    auto odd = hn::Zero(d);
    std::size_t i = 0;
    for (; i + 2 <= count; i += 2) {
      const float* row = batch + i * stride + j;
      even = hn::MulAdd(hn::Set(d, roots[i]), hn::Load(d, row), even);
      odd = hn::MulAdd(hn::Set(d, roots[i + 1]), hn::Load(d, row + stride), odd);
    }
    if (i < count) {
      even = hn::MulAdd(hn::Set(d, roots[i]), hn::Load(d, batch + i * stride + j), even);
    }
    hn::Store(hn::Add(even, odd), d, right + j);
  }
}

/// matrix += Σ w·yyᵀ (upper triangle), right += Σ w·y, in batches that stay in the L1 cache.
/// `batch` holds `batch_rows` padded rows and then as many roots.
void add_rows(const float* matrix, std::size_t k, std::size_t stride, const std::uint32_t* rows,
              const float* weights, std::size_t count, std::size_t batch_rows, float* batch,
              float* out, float* right) {
  float* roots = batch + batch_rows * stride;
  for (std::size_t first = 0; first < count; first += batch_rows) {
    const std::size_t size = std::min(batch_rows, count - first);
    take_roots(weights == nullptr ? nullptr : weights + first, size, roots);
    gather(matrix, k, stride, rows + first, roots, size, batch);
    add_right_side(batch, stride, roots, size, right);
    add_outer_products(batch, stride, size, out);
  }
}

/// The vector that holds the diagonal of the panel's rows. Rows below are reduced by U = LDLᵀ's
/// 1/pivot, which is ready long before the square root. Left of the diagonal becomes zero.
HWY_INLINE bool factor_diagonal(float* a, std::size_t stride, std::size_t r0, float* inverse) {
  const FloatTag d;
  const std::size_t column = r0 / hn::Lanes(d) * hn::Lanes(d);
  FloatVector rows[kRowsOfTile];
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRowsOfTile; ++r) {
    rows[r] = hn::Load(d, a + (r0 + r) * stride + column);
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRowsOfTile; ++r) {
    float* row = a + (r0 + r) * stride;
    hn::Store(rows[r], d, row + column);
    const float pivot = row[r0 + r];
    if (!(pivot > 0.0F && pivot <= std::numeric_limits<float>::max())) return false;
    const float inverse_pivot = 1.0F / pivot;
    HWY_UNROLL(8)
    for (std::size_t below = r + 1; below < kRowsOfTile; ++below) {
      const auto factor = hn::Set(d, row[r0 + below] * inverse_pivot);
      rows[below] = hn::NegMulAdd(factor, rows[r], rows[below]);
    }
    inverse[r0 + r] = 1.0F / std::sqrt(pivot);
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRowsOfTile; ++r) {
    const auto scaled = hn::Mul(hn::Set(d, inverse[r0 + r]), rows[r]);
    const auto left_of_diagonal = hn::FirstN(d, r0 + r - column);
    hn::Store(hn::IfThenZeroElse(left_of_diagonal, scaled), d, a + (r0 + r) * stride + column);
  }
  return true;
}

/// The vectors to the right of those, each on its own in registers.
HWY_INLINE void factor_right_of_diagonal(float* a, std::size_t stride, std::size_t r0,
                                         const float* inverse) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t j = (r0 / lanes + 1) * lanes; j < stride; j += lanes) {
    FloatVector rows[kRowsOfTile];
    HWY_UNROLL(8)
    for (std::size_t r = 0; r < kRowsOfTile; ++r) {
      rows[r] = hn::Load(d, a + (r0 + r) * stride + j);
    }
    HWY_UNROLL(8)
    for (std::size_t r = 0; r < kRowsOfTile; ++r) {
      const float* row = a + (r0 + r) * stride;
      rows[r] = hn::Mul(hn::Set(d, inverse[r0 + r]), rows[r]);
      hn::Store(rows[r], d, a + (r0 + r) * stride + j);
      HWY_UNROLL(8)
      for (std::size_t below = r + 1; below < kRowsOfTile; ++below) {
        rows[below] = hn::NegMulAdd(hn::Set(d, row[r0 + below]), rows[r], rows[below]);
      }
    }
  }
}

/// Uᵀz = b in place, one vector of unknowns at a time: solved in a register, then taken off all
/// later ones.
HWY_INLINE void solve_forward(const float* u, std::size_t stride, const float* inverse, float* x) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> index_tag;
  const std::size_t lanes = hn::Lanes(d);
  const auto lane_number = hn::Iota(index_tag, 0);
  for (std::size_t c = 0; c < stride; c += lanes) {
    auto rest = hn::Load(d, x + c);
    auto solved = hn::Zero(d);
    for (std::size_t r = 0; r < lanes; ++r) {
      const auto lane = hn::Set(index_tag, static_cast<std::int32_t>(r));
      const auto value = hn::Mul(hn::TableLookupLanes(rest, hn::IndicesFromVec(d, lane)),
                                 hn::Set(d, inverse[c + r]));
      rest = hn::NegMulAdd(hn::Load(d, u + (c + r) * stride + c), value, rest);
      solved = hn::IfThenElse(hn::RebindMask(d, hn::Eq(lane, lane_number)), value, solved);
    }
    hn::Store(solved, d, x + c);
    for (std::size_t j = c + lanes; j < stride; j += lanes) {
      auto even = hn::Load(d, x + j);
      auto odd = hn::Zero(d);
      for (std::size_t r = 0; r < lanes; r += 2) {
        const float* row = u + (c + r) * stride + j;
        even = hn::NegMulAdd(hn::Set(d, x[c + r]), hn::Load(d, row), even);
        odd = hn::NegMulAdd(hn::Set(d, x[c + r + 1]), hn::Load(d, row + stride), odd);
      }
      hn::Store(hn::Add(even, odd), d, x + j);
    }
  }
}

/// Ux = z, four rows at a time: their dot products with what is solved are independent. `x` starts
/// as zero, so that what is not solved yet adds nothing.
HWY_INLINE void solve_backward(const float* u, std::size_t stride, const float* inverse,
                               const float* z, float* x) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::size_t kRows = 4;
  for (std::size_t r0 = stride; r0 > 0;) {
    r0 -= kRows;
    FloatVector sums[kRows];
    HWY_UNROLL(4)
    for (std::size_t r = 0; r < kRows; ++r) sums[r] = hn::Zero(d);
    for (std::size_t j = r0 / lanes * lanes; j < stride; j += lanes) {
      const auto solved = hn::Load(d, x + j);
      HWY_UNROLL(4)
      for (std::size_t r = 0; r < kRows; ++r) {
        sums[r] = hn::MulAdd(hn::Load(d, u + (r0 + r) * stride + j), solved, sums[r]);
      }
    }
    float rest[kRows];
    HWY_UNROLL(4)
    for (std::size_t r = 0; r < kRows; ++r) {
      rest[r] = z[r0 + r] - hn::GetLane(hn::SumOfLanes(d, sums[r]));
    }
    HWY_UNROLL(4)
    for (std::size_t r = kRows; r-- > 0;) {
      const float solved = rest[r] * inverse[r0 + r];
      x[r0 + r] = solved;
      for (std::size_t above = 0; above < r; ++above) {
        rest[above] -= u[(r0 + above) * stride + r0 + r] * solved;
      }
    }
  }
}

/// A = UᵀU in place, then x from b; `z` is overwritten from b. False when A is not positive
/// definite.
bool solve(float* a, std::size_t stride, float* inverse, float* z, float* x) {
  for (std::size_t r0 = 0; r0 < stride; r0 += kRowsOfTile) {
    update_block_row<Update::kSubtract>(a, stride, r0, r0, a);
    if (!factor_diagonal(a, stride, r0, inverse)) return false;
    factor_right_of_diagonal(a, stride, r0, inverse);
  }
  solve_forward(a, stride, inverse, z);
  std::fill_n(x, stride, 0.0F);
  solve_backward(a, stride, inverse, z, x);
  return true;
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(start);
HWY_EXPORT(add_rows);
HWY_EXPORT(solve);

constexpr std::size_t kBatchBytes = 32 * 1024;

std::size_t batch_rows(std::size_t stride) {
  return std::max<std::size_t>(8, kBatchBytes / (stride * sizeof(float)));
}

}  // namespace

NormalEquations::NormalEquations(std::size_t k)
    : k_(k),
      stride_(padded(k)),
      matrix_(stride_ * stride_),
      right_(stride_),
      forward_(stride_),
      solution_(stride_),
      inverse_(stride_),
      batch_(batch_rows(stride_) * (stride_ + 1)) {}

void NormalEquations::start(std::span<const float> gramian, float scale, float ridge) {
  assert(gramian.size() == k_ * k_);
  std::fill(right_.begin(), right_.end(), 0.0F);
  HWY_DYNAMIC_DISPATCH(start)
  (gramian.data(), k_, stride_, scale, ridge, matrix_.data());
}

void NormalEquations::set_right_side(std::span<const float> b) {
  assert(b.size() == k_);
  std::copy(b.begin(), b.end(), right_.begin());
}

void NormalEquations::add(std::span<const float> matrix, std::span<const std::uint32_t> rows,
                          std::span<const float> weights) {
  assert(weights.empty() || weights.size() == rows.size());
  HWY_DYNAMIC_DISPATCH(add_rows)
  (matrix.data(), k_, stride_, rows.data(), weights.empty() ? nullptr : weights.data(), rows.size(),
   batch_rows(stride_), batch_.data(), matrix_.data(), right_.data());
}

Result<void> NormalEquations::solve(std::span<float> x) {
  assert(x.size() == k_);
  std::copy(right_.begin(), right_.end(), forward_.begin());
  if (!HWY_DYNAMIC_DISPATCH(solve)(matrix_.data(), stride_, inverse_.data(), forward_.data(),
                                   solution_.data())) {
    return Error{ErrorCode::kInternal,
                 "the normal equations are not positive definite: raise the regularization"};
  }
  gain_ = 0;
  for (std::size_t j = 0; j < k_; ++j) gain_ += double{right_[j]} * double{solution_[j]};
  std::copy_n(solution_.begin(), k_, x.begin());
  return {};
}

Result<void> solve_spd(std::span<const float> a, std::span<const float> b, std::span<float> x) {
  const std::size_t k = b.size();
  if (k == 0 || a.size() != k * k || x.size() != k) {
    return Error{ErrorCode::kInvalidArgument,
                 "solve_spd wants a k × k matrix and two vectors of k floats, k at least 1"};
  }
  NormalEquations equations(k);
  equations.start(a, 1.0F, 0.0F);
  equations.set_right_side(b);
  return equations.solve(x);
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
