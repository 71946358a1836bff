#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "linalg/quantized_matrix.cpp"
#include "linalg/quantized_matrix.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>

#include <hwy/foreach_target.h>  // includes this file once for each instruction set
#include <hwy/highway.h>

#ifndef MARQUEE_QUANTIZED_MATRIX_SHARED
#define MARQUEE_QUANTIZED_MATRIX_SHARED
namespace marquee::linalg {

constexpr std::size_t kBlockRows = 16;
constexpr std::size_t kPairBytes = 2 * kBlockRows;  // two columns of a block
/// More than what all products too small for a float can add up to.
constexpr float kUnderflow = std::numeric_limits<float>::min();

/// The rows and a query, as the kernel reads them: `query` has a pair of 16-bit numbers for each
/// two columns. Of row r, |product − scale · unit · sum| ≤ by_loss · loss + by_length · length +
/// kUnderflow.
struct QuantizedSweep {
  const std::int8_t* blocks;
  const float* scale;
  const float* loss;
  const float* length;
  std::span<const std::int32_t> query;
  float unit;
  float by_loss;
  float by_length;
};

/// Of a row in units of its scale: ‖row − numbers‖² and ‖row‖².
struct RowSquares {
  float rest = 0;
  float all = 0;
};

}  // namespace marquee::linalg
#endif

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Products = hn::CappedTag<std::int16_t, kPairBytes>;
using Numbers = hn::Rebind<std::int8_t, Products>;
using Sums = hn::RepartitionToWide<Products>;
using Floats = hn::Rebind<float, Sums>;

/// Σ numbers · query of as many rows as Sums has lanes. Two chains, so that additions do not wait
/// for one another; each has a second sum, for instruction sets that add pairs in two steps.
HWY_INLINE hn::Vec<Sums> sums_of(const std::int8_t* HWY_RESTRICT block,
                                 std::span<const std::int32_t> query) {
  const Products d16;
  const Numbers d8;
  const Sums d32;
  auto even = hn::Zero(d32);
  auto even_rest = hn::Zero(d32);
  auto odd = hn::Zero(d32);
  auto odd_rest = hn::Zero(d32);
  std::size_t pair = 0;
  for (; pair + 2 <= query.size(); pair += 2) {
    const auto first = hn::PromoteTo(d16, hn::LoadU(d8, block + pair * kPairBytes));
    const auto second = hn::PromoteTo(d16, hn::LoadU(d8, block + (pair + 1) * kPairBytes));
    even = hn::ReorderWidenMulAccumulate(d32, first, hn::BitCast(d16, hn::Set(d32, query[pair])),
                                         even, even_rest);
    odd = hn::ReorderWidenMulAccumulate(
        d32, second, hn::BitCast(d16, hn::Set(d32, query[pair + 1])), odd, odd_rest);
  }
  if (pair < query.size()) {
    const auto last = hn::PromoteTo(d16, hn::LoadU(d8, block + pair * kPairBytes));
    even = hn::ReorderWidenMulAccumulate(d32, last, hn::BitCast(d16, hn::Set(d32, query[pair])),
                                         even, even_rest);
  }
  return hn::Add(hn::RearrangeToOddPlusEven(even, even_rest),
                 hn::RearrangeToOddPlusEven(odd, odd_rest));
}

/// Bounds of the kBlockRows rows from `row` on.
void block_bounds(const QuantizedSweep& sweep, std::size_t row, float* HWY_RESTRICT low,
                  float* HWY_RESTRICT high) {
  const Floats df;
  const std::size_t lanes = hn::Lanes(df);
  const std::int8_t* block = sweep.blocks + row * 2 * sweep.query.size();
  for (std::size_t lane = 0; lane < kBlockRows; lane += lanes) {
    const auto sum = hn::ConvertTo(df, sums_of(block + 2 * lane, sweep.query));
    const std::size_t r = row + lane;
    const auto product =
        hn::Mul(hn::Mul(sum, hn::LoadU(df, sweep.scale + r)), hn::Set(df, sweep.unit));
    const auto of_length = hn::MulAdd(hn::LoadU(df, sweep.length + r), hn::Set(df, sweep.by_length),
                                      hn::Set(df, kUnderflow));
    const auto slack =
        hn::MulAdd(hn::LoadU(df, sweep.loss + r), hn::Set(df, sweep.by_loss), of_length);
    hn::StoreU(hn::Sub(product, slack), df, low + lane);
    hn::StoreU(hn::Add(product, slack), df, high + lane);
  }
}

void sweep_bounds(const QuantizedSweep& sweep, float* low, float* high, std::size_t rows) {
  std::size_t row = 0;
  for (; row + kBlockRows <= rows; row += kBlockRows) {
    block_bounds(sweep, row, low + row, high + row);
  }
  if (row == rows) return;
  alignas(64) float low_rest[kBlockRows];
  alignas(64) float high_rest[kBlockRows];
  block_bounds(sweep, row, low_rest, high_rest);
  std::copy_n(low_rest, rows - row, low + row);
  std::copy_n(high_rest, rows - row, high + row);
}

float largest_of(const float* HWY_RESTRICT row, std::size_t k) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto largest = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= k; i += lanes) largest = hn::Max(largest, hn::Abs(hn::LoadU(d, row + i)));
  float most = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; i < k; ++i) most = std::max(most, std::abs(row[i]));
  return most;
}

/// numbers[i]: row[i] · inverse, rounded to a whole number.
RowSquares round_row(const float* HWY_RESTRICT row, std::size_t k, float inverse,
                     float* HWY_RESTRICT numbers) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto rest = hn::Zero(d);
  auto all = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= k; i += lanes) {
    const auto units = hn::Mul(hn::LoadU(d, row + i), hn::Set(d, inverse));
    const auto number = hn::Round(units);
    hn::StoreU(number, d, numbers + i);
    const auto lost = hn::Sub(units, number);
    rest = hn::MulAdd(lost, lost, rest);
    all = hn::MulAdd(units, units, all);
  }
  RowSquares squares{hn::GetLane(hn::SumOfLanes(d, rest)), hn::GetLane(hn::SumOfLanes(d, all))};
  for (; i < k; ++i) {
    const float units = row[i] * inverse;
    numbers[i] = std::round(units);
    squares.rest += (units - numbers[i]) * (units - numbers[i]);
    squares.all += units * units;
  }
  return squares;
}

}  // namespace
}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace marquee::linalg {
namespace {

HWY_EXPORT(sweep_bounds);
HWY_EXPORT(largest_of);
HWY_EXPORT(round_row);

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNumberMax = 127;
/// Of a row; beyond, what the kernel computes could overflow.
constexpr double kLengthMax = 1e25;
/// What rounding a length to a float, and the few multiplications with it, can take.
constexpr double kRoundedUp = 1 + 1e-5;
/// What 4,096 additions of squares in float can take of a length.
constexpr double kSummedUp = 1 + 4096 * 0x1p-24;

double length_of(std::span<const float> vector) {
  std::array<double, 4> sums{};  // four chains of additions
  for (std::size_t i = 0; i < vector.size(); ++i) {
    sums[i % 4] += double{vector[i]} * double{vector[i]};
  }
  return std::sqrt(sums[0] + sums[1] + sums[2] + sums[3]);
}

/// A float that is not less, also among the smallest there are.
float at_least(double value) {
  return std::nextafter(static_cast<float>(value * kRoundedUp), kInfinity);
}

/// Of what is finite.
float largest_of(std::span<const float> vector) {
  return HWY_DYNAMIC_DISPATCH(largest_of)(vector.data(), vector.size());
}

/// A query in 16 bits, or as many as no sum of products with rows leaves 32 bits for.
struct QuantizedQuery {
  std::vector<std::int32_t> pairs;
  float unit = 0;
  double loss = 0;  ///< ‖query − unit · numbers‖
};

QuantizedQuery quantize(std::span<const float> query) {
  const float sum_most = 2147483647.0F / (kNumberMax * static_cast<float>(query.size() + 1));
  const float most = std::min(32767.0F, std::floor(sum_most));
  QuantizedQuery made;
  made.pairs.assign((query.size() + 1) / 2, 0);
  made.unit = largest_of(query) / most;
  const bool is_too_small = made.unit < std::numeric_limits<float>::min();  // to divide by
  double lost = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const float number =
        is_too_small ? 0 : std::clamp(std::round(query[i] / made.unit), -most, most);
    const double rest = double{query[i]} - double{number} * double{made.unit};
    lost += rest * rest;
    const auto bits = static_cast<std::uint16_t>(static_cast<std::int16_t>(number));
    made.pairs[i / 2] |= static_cast<std::int32_t>(std::uint32_t{bits} << (i % 2 == 0 ? 0U : 16U));
  }
  made.loss = std::sqrt(lost);
  return made;
}

}  // namespace

QuantizedMatrix::QuantizedMatrix(std::span<const float> matrix, std::size_t k)
    : rows_(matrix.size() / k), k_(k) {
  const std::size_t padded_rows = (rows_ + kBlockRows - 1) / kBlockRows * kBlockRows;
  blocks_.assign(padded_rows * 2 * ((k + 1) / 2), 0);
  scale_.assign(padded_rows, 0);
  loss_.assign(padded_rows, 0);
  length_.assign(padded_rows, 0);
  std::vector<float> numbers(k);
  for (std::size_t r = 0; r < rows_; ++r) add_row(matrix.subspan(r * k, k), r, numbers);
}

void QuantizedMatrix::add_row(std::span<const float> row, std::size_t r, std::span<float> numbers) {
  if (!(length_of(row) < kLengthMax)) {
    length_max_ = kInfinity;
    return;
  }
  const double side = std::sqrt(static_cast<double>(k_));
  const float largest = largest_of(row);
  const float scale = largest / kNumberMax;
  double loss = side * double{largest};  // all numbers 0, where the scale is too small to divide by
  double length = loss;
  if (scale >= std::numeric_limits<float>::min()) {
    const RowSquares squares =
        HWY_DYNAMIC_DISPATCH(round_row)(row.data(), k_, 1 / scale, numbers.data());
    std::int8_t* block = &blocks_[r / kBlockRows * kPairBytes * ((k_ + 1) / 2)];
    for (std::size_t i = 0; i < k_; ++i) {
      const float number = std::clamp(numbers[i], -kNumberMax, kNumberMax);
      block[i / 2 * kPairBytes + r % kBlockRows * 2 + i % 2] = static_cast<std::int8_t>(number);
    }
    // In the inverse, the product and the difference a number is rounded by less than this.
    const double rounding = side * double{kNumberMax} * 0x1p-21;
    scale_[r] = scale;
    loss = double{scale} * (std::sqrt(double{squares.rest}) * kSummedUp + rounding);
    length = double{scale} * (std::sqrt(double{squares.all}) * kSummedUp + rounding);
  }
  loss_[r] = at_least(loss);
  length_[r] = at_least(length + loss);
  length_max_ = std::max(length_max_, length_[r]);
}

void QuantizedMatrix::bounds(std::span<const float> query, std::span<float> low,
                             std::span<float> high) const {
  assert(query.size() == k_ && low.size() == rows_ && high.size() == rows_);
  const double length = length_of(query);
  if (!(length * std::max(1.0, double{length_max_}) < kLengthMax)) {
    std::ranges::fill(low, -kInfinity);
    std::ranges::fill(high, kInfinity);
    return;
  }
  const QuantizedQuery made = quantize(query);
  // u: query, v: row, u' and v': what their numbers stand for. |u·v − u'·v'| ≤ ‖u‖·‖v − v'‖ +
  // ‖u − u'‖·‖v'‖ (Cauchy-Schwarz). To that comes rounding: of the float product at most
  // k·ε·‖u‖·‖v‖ in any order of additions (Higham, Accuracy and Stability of Numerical
  // Algorithms, 3.1), and of what the kernel computes a few ε of it.
  const double epsilon = std::numeric_limits<float>::epsilon();
  const double rounding = (static_cast<double>(k_) + 16) * epsilon * (length + made.loss);
  const QuantizedSweep sweep{
      blocks_.data(), scale_.data(), loss_.data(),     length_.data(),
      made.pairs,     made.unit,     at_least(length), at_least(made.loss + rounding)};
  HWY_DYNAMIC_DISPATCH(sweep_bounds)(sweep, low.data(), high.data(), rows_);
}

}  // namespace marquee::linalg
#endif  // HWY_ONCE
