#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/conjugate_gradients.cpp"
#include "linalg/conjugate_gradients.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#include "linalg/tile-inl.h"

#ifndef MARQUEE_CONJUGATE_GRADIENTS_SHARED
#define MARQUEE_CONJUGATE_GRADIENTS_SHARED
namespace marquee::linalg {

/// Rows that are multiplied together, as many as the shortest vector has lanes: their sums do not
/// wait for one another.
constexpr std::size_t kTogether = 4;
/// How many rows ahead they are asked for: they lie anywhere in memory.
constexpr std::size_t kAhead = 16;
/// More rows of k = 64 do not stay in the L2 cache from one sweep to the next.
constexpr std::size_t kStaying = 256;

/// The problem of one row of ALS, and scratch of `stride` floats each to solve it in.
struct RowProblem {
  const float* const* rows;  ///< count, filled up by any of weight 0, and kAhead more
  const float* weights;      ///< of rows
  std::size_t count;         ///< a multiple of kTogether
  std::size_t stride;
  const float* base;
  float ridge;
  float* x;
  float* residual;
  float* direction;
  float* image;
};

/// What a sweep adds of a row, of the row's product with a vector.
enum class Factor { kOfResidual, kOfImage };

}  // namespace marquee::linalg
#endif

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

using Together = const float* [kTogether];

using Four = hn::CappedTag<float, kTogether>;

template <typename D>
HWY_INLINE hn::Vec<Four> lower_four(D /*whole*/, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) == kTogether) {
    return v;
  } else {
    const hn::Half<D> half;
    return lower_four(half, hn::LowerHalf(half, v));
  }
}

/// Lane r: the sum of sums[r]. Neighbours are added until each has one lane, side by side.
HWY_INLINE hn::Vec<Four> add_lanes(const FloatVector (&sums)[kTogether]) {
  const FloatTag d;
  const auto add_neighbours = [d](FloatVector first, FloatVector second) HWY_ATTR {
    return hn::Add(hn::ConcatEven(d, second, first), hn::ConcatOdd(d, second, first));
  };
  auto all = add_neighbours(add_neighbours(sums[0], sums[1]), add_neighbours(sums[2], sums[3]));
  for (std::size_t each = hn::Lanes(d) / kTogether; each > 1; each /= 2) {
    all = add_neighbours(all, all);
  }
  return lower_four(d, all);
}

/// Has kTogether rows fetched into the cache.
HWY_INLINE void ask_for(const float* const* rows, std::size_t stride) {
  constexpr std::size_t kLineFloats = 16;  // of a cache line
  for (std::size_t r = 0; r < kTogether; ++r) {
    for (std::size_t j = 0; j < stride; j += kLineFloats) hwy::Prefetch(rows[r] + j);
  }
}

/// out += Σ factor · row over all rows, of kVectors vectors, or of any number of them for 0.
/// Returns the gain of v over 0 from the rows, where the factors are those of the residual. Short
/// rows are read once and wait in registers.
template <Factor kFactor, std::size_t kVectors>
HWY_INLINE double sweep(const RowProblem& row, const float* HWY_RESTRICT v,
                        float* HWY_RESTRICT out) {
  const FloatTag d;
  const Four d4;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t vectors = kVectors > 0 ? kVectors : row.stride / lanes;
  constexpr std::size_t kHeld = std::max<std::size_t>(1, kVectors);
  FloatVector part[kHeld];
  FloatVector result[kHeld];
  for (std::size_t j = 0; j < kVectors; ++j) {
    part[j] = hn::Load(d, v + j * lanes);
    result[j] = hn::Load(d, out + j * lanes);
  }
  double gain = 0;
  const bool asks = kFactor == Factor::kOfResidual || row.count > kStaying;
  for (std::size_t n = 0; n < row.count; n += kTogether) {
    const float* const* rows = row.rows + n;
    if (asks) ask_for(rows + kAhead, row.stride);
    FloatVector held[kTogether][kHeld];
    FloatVector sums[kTogether];
    HWY_UNROLL(4)
    for (std::size_t r = 0; r < kTogether; ++r) {
      sums[r] = hn::Zero(d);
      HWY_UNROLL(4)
      for (std::size_t j = 0; j < vectors; ++j) {
        const auto values = hn::LoadU(d, rows[r] + j * lanes);
        const auto by = kVectors > 0 ? part[j % kHeld] : hn::Load(d, v + j * lanes);
        sums[r] = hn::MulAdd(values, by, sums[r]);
        held[r][j % kHeld] = values;
      }
    }
    const auto products = add_lanes(sums);
    const auto weights = hn::Load(d4, row.weights + n);
    alignas(16) float factors[kTogether];
    if constexpr (kFactor == Factor::kOfResidual) {
      hn::Store(hn::Sub(weights, hn::Mul(weights, products)), d4, factors);
      const auto gains = hn::Mul(hn::Mul(weights, products), hn::Sub(hn::Set(d4, 2), products));
      gain += double{hn::GetLane(hn::SumOfLanes(d4, gains))};
    } else {
      hn::Store(hn::Mul(weights, products), d4, factors);
    }
    for (std::size_t j = 0; j < vectors; ++j) {
      auto sum = kVectors > 0 ? result[j % kHeld] : hn::Load(d, out + j * lanes);
      HWY_UNROLL(4)
      for (std::size_t r = 0; r < kTogether; ++r) {
        const auto values = kVectors > 0 ? held[r][j % kHeld] : hn::LoadU(d, rows[r] + j * lanes);
        sum = hn::MulAdd(hn::Set(d, factors[r]), values, sum);
      }
      if constexpr (kVectors > 0) {
        result[j] = sum;
      } else {
        hn::Store(sum, d, out + j * lanes);
      }
    }
  }
  for (std::size_t j = 0; j < kVectors; ++j) hn::Store(result[j], d, out + j * lanes);
  return gain;
}

/// kVectors vectors of (base + ridge·I) · v, from the j-th number on. The base is symmetric: its
/// rows are its columns.
template <std::size_t kVectors>
HWY_INLINE void apply_part(const RowProblem& row, const float* HWY_RESTRICT v, std::size_t j,
                           float* HWY_RESTRICT out) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector even[kVectors];
  FloatVector odd[kVectors];
  for (std::size_t n = 0; n < kVectors; ++n) {
    even[n] = hn::Mul(hn::Set(d, row.ridge), hn::Load(d, v + j + n * lanes));
    odd[n] = hn::Zero(d);
  }
  for (std::size_t p = 0; p < row.stride; p += 2) {
    const float* base = row.base + p * row.stride + j;
    for (std::size_t n = 0; n < kVectors; ++n) {
      even[n] = hn::MulAdd(hn::Set(d, v[p]), hn::Load(d, base + n * lanes), even[n]);
      odd[n] = hn::MulAdd(hn::Set(d, v[p + 1]), hn::Load(d, base + row.stride + n * lanes), odd[n]);
    }
  }
  for (std::size_t n = 0; n < kVectors; ++n) {
    hn::Store(hn::Add(even[n], odd[n]), d, out + j + n * lanes);
  }
}

/// out = (base + ridge·I) · v
void apply_base(const RowProblem& row, const float* v, float* out) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  std::size_t j = 0;
  for (; j + 4 * lanes <= row.stride; j += 4 * lanes) apply_part<4>(row, v, j, out);
  for (; j < row.stride; j += lanes) apply_part<1>(row, v, j, out);
}

float dot_of(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t stride) {
  const FloatTag d;
  auto sum = hn::Zero(d);
  for (std::size_t j = 0; j < stride; j += hn::Lanes(d)) {
    sum = hn::MulAdd(hn::Load(d, a + j), hn::Load(d, b + j), sum);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

/// to = a + factor · b
void add_scaled(const float* a, float factor, const float* b, float* to, std::size_t stride) {
  const FloatTag d;
  for (std::size_t j = 0; j < stride; j += hn::Lanes(d)) {
    hn::Store(hn::MulAdd(hn::Set(d, factor), hn::Load(d, b + j), hn::Load(d, a + j)), d, to + j);
  }
}

/// residual = Σ w·y − A·x; returns the gain of x, 2·Σ w·(y·x) − x·A·x.
template <std::size_t kVectors>
double begin(const RowProblem& row) {
  apply_base(row, row.x, row.residual);
  const double of_base = dot_of(row.x, row.residual, row.stride);
  for (std::size_t j = 0; j < row.stride; ++j) row.residual[j] = -row.residual[j];
  return sweep<Factor::kOfResidual, kVectors>(row, row.x, row.residual) - of_base;
}

/// Hestenes and Stiefel (1952); returns the gain. A step lowers the loss by length · square.
template <std::size_t kVectors>
double improve_rows(const RowProblem& row, std::size_t steps) {
  double gain = begin<kVectors>(row);
  std::copy_n(row.residual, row.stride, row.direction);
  float square = dot_of(row.residual, row.residual, row.stride);
  for (std::size_t step = 0; step < steps; ++step) {
    apply_base(row, row.direction, row.image);
    (void)sweep<Factor::kOfImage, kVectors>(row, row.direction, row.image);
    const float curvature = dot_of(row.direction, row.image, row.stride);
    const float length = square / curvature;
    if (!(curvature > 0.0F && length <= std::numeric_limits<float>::max())) break;
    add_scaled(row.x, length, row.direction, row.x, row.stride);
    gain += double{length} * double{square};
    add_scaled(row.residual, -length, row.image, row.residual, row.stride);
    const float next = dot_of(row.residual, row.residual, row.stride);
    add_scaled(row.residual, next / square, row.direction, row.direction, row.stride);
    square = next;
  }
  return gain;
}

double improve(const RowProblem& row, std::size_t steps) {
  const std::size_t vectors = row.stride / hn::Lanes(FloatTag());
  // 32 registers hold kTogether rows of four vectors.
  if (HWY_TARGET <= HWY_AVX3 && vectors == 4) return improve_rows<4>(row, steps);
  return improve_rows<0>(row, steps);
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(improve);

}  // namespace

ConjugateGradients::ConjugateGradients(std::size_t k)
    : k_(k),
      stride_(padded(k)),
      base_(stride_ * stride_),
      solution_(stride_),
      residual_(stride_),
      direction_(stride_),
      image_(stride_) {}

void ConjugateGradients::start(std::span<const float> gramian, float scale) {
  assert(gramian.size() == k_ * k_);
  for (std::size_t r = 0; r < k_; ++r) {
    for (std::size_t c = 0; c < k_; ++c) base_[r * stride_ + c] = scale * gramian[r * k_ + c];
  }
}

void ConjugateGradients::find(const PaddedRows& matrix, std::span<const std::uint32_t> rows,
                              std::span<const float> weights) {
  const std::size_t whole = (rows.size() + kTogether - 1) / kTogether * kTogether;
  rows_.assign(whole + kAhead, base_.data());
  weights_.assign(whole, 0);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    rows_[n] = matrix.first() + rows[n] * stride_;
    weights_[n] = weights.empty() ? 1 : weights[n];
  }
}

void ConjugateGradients::improve(const PaddedRows& matrix, std::span<const std::uint32_t> rows,
                                 std::span<const float> weights, float ridge, std::size_t steps,
                                 std::span<float> x) {
  assert(x.size() == k_ && matrix.stride() == stride_);
  assert(weights.empty() || weights.size() == rows.size());
  find(matrix, rows, weights);
  std::copy(x.begin(), x.end(), solution_.begin());
  const RowProblem row{.rows = rows_.data(),
                       .weights = weights_.data(),
                       .count = weights_.size(),
                       .stride = stride_,
                       .base = base_.data(),
                       .ridge = ridge,
                       .x = solution_.data(),
                       .residual = residual_.data(),
                       .direction = direction_.data(),
                       .image = image_.data()};
  gain_ = HWY_DYNAMIC_DISPATCH(improve)(row, steps);
  std::copy_n(solution_.begin(), k_, x.begin());
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
