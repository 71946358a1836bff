// The tile all dense kernels rest on, compiled once for each instruction set. Include it
// after <hwy/highway.h> in a file that uses foreach_target.
//
//   out[r][j] ±= Σ_p rows[p][r] · rows[p][j]     for the block of rows r0 .. r0+kRowsOfTile, j ≥ r0
//
// and the same for two matrices, out[r][j] = Σ_p left[p][r] · right[p][j] (row_panels.cpp). A
// symmetric matrix is stored as its upper triangle, row-major: the vector runs along j, so it is
// contiguous in `rows` and in `out`. A tile of kRowsOfTile × kVectors accumulators stays in
// registers while p runs over a batch of rows that stays in the L1 cache; for each p it costs
// kVectors loads and kRowsOfTile broadcasts for kRowsOfTile·kVectors multiply-adds. Tiles begin at
// the vector that holds the diagonal, so about a fifth of the work (k = 64, AVX-512) falls below it
// and is never read.

#if defined(MARQUEE_LINALG_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MARQUEE_LINALG_TILE_INL_H_
#undef MARQUEE_LINALG_TILE_INL_H_
#else
#define MARQUEE_LINALG_TILE_INL_H_
#endif

#include <cstddef>

#include <hwy/highway.h>

#include "linalg/aligned.h"

HWY_BEFORE_NAMESPACE();
namespace marquee::linalg::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
static_assert(kPadding % hn::MaxLanes(FloatTag()) == 0, "a padded row is whole vectors");

// 32 vector registers allow tiles of 8 × 3, 16 allow 4 × 3, or 4 × 2 where multiply-add needs a
// register of its own.
#if HWY_TARGET <= HWY_AVX3
inline constexpr std::size_t kRowsOfTile = 8;
inline constexpr std::size_t kVectorsMax = 3;
#elif HWY_TARGET <= HWY_AVX2
inline constexpr std::size_t kRowsOfTile = 4;
inline constexpr std::size_t kVectorsMax = 3;
#else
inline constexpr std::size_t kRowsOfTile = 4;
inline constexpr std::size_t kVectorsMax = 2;
#endif

static_assert(hn::MaxLanes(FloatTag()) % kRowsOfTile == 0,
              "one vector holds the diagonal of all rows of a tile");

/// What a tile does to what stands there: out + sum, out − sum, sum.
enum class Update { kAdd, kSubtract, kReplace };

/// Rows of `stride` floats each.
struct TileRows {
  const float* first;
  std::size_t stride;
};

/// out[r][v] ±= or = Σ_p left[p][r] · right[p][v]; right and out are padded, left may be anywhere.
template <Update kUpdate, std::size_t kVectors>
HWY_INLINE void update_tile(TileRows left_rows, TileRows right_rows, std::size_t depth,
                            float* HWY_RESTRICT out, std::size_t out_stride) {
  const float* HWY_RESTRICT left = left_rows.first;
  const float* HWY_RESTRICT right = right_rows.first;
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector sums[kRowsOfTile][kVectors];
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRowsOfTile; ++r) {
    HWY_UNROLL(3)
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[r][v] =
          kUpdate == Update::kReplace ? hn::Zero(d) : hn::Load(d, out + r * out_stride + v * lanes);
    }
  }
  for (std::size_t p = 0; p < depth; ++p) {
    FloatVector columns[kVectors];
    HWY_UNROLL(3)
    for (std::size_t v = 0; v < kVectors; ++v) columns[v] = hn::Load(d, right + v * lanes);
    HWY_UNROLL(8)
    for (std::size_t r = 0; r < kRowsOfTile; ++r) {
      const FloatVector factor = hn::Set(d, left[r]);
      HWY_UNROLL(3)
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = kUpdate == Update::kSubtract ? hn::NegMulAdd(factor, columns[v], sums[r][v])
                                                  : hn::MulAdd(factor, columns[v], sums[r][v]);
      }
    }
    left += left_rows.stride;
    right += right_rows.stride;
  }
  HWY_UNROLL(8)
  for (std::size_t r = 0; r < kRowsOfTile; ++r) {
    HWY_UNROLL(3)
    for (std::size_t v = 0; v < kVectors; ++v) {
      hn::Store(sums[r][v], d, out + r * out_stride + v * lanes);
    }
  }
}

/// out[r][v] ±= or = Σ_p left[p][r] · right[p][v] for kRowsOfTile r and `vectors` vectors of v.
template <Update kUpdate>
HWY_INLINE void update_tiles(TileRows left, TileRows right, std::size_t depth, std::size_t vectors,
                             float* out, std::size_t out_stride) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const auto update = [&]<std::size_t kVectors>() HWY_ATTR {
    update_tile<kUpdate, kVectors>(left, right, depth, out, out_stride);
    right.first += kVectors * lanes;
    out += kVectors * lanes;
    vectors -= kVectors;
  };
  // A tile one vector wide waits for its own sums: 4 vectors are better 2 + 2 than 3 + 1.
  while (vectors > 0) {
    if (kVectorsMax == 3 && vectors >= 3 && vectors != 4) {
      update.template operator()<3>();
    } else if (vectors >= 2) {
      update.template operator()<2>();
    } else {
      update.template operator()<1>();
    }
  }
}

/// The tiles of one block of rows, r0 .. r0+kRowsOfTile, from the diagonal to the right edge.
/// `rows` and `out` have rows of `k` floats, k a multiple of kPadding.
template <Update kUpdate>
HWY_INLINE void update_block_row(const float* rows, std::size_t k, std::size_t depth,
                                 std::size_t r0, float* out) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const std::size_t column = r0 / lanes * lanes;
  update_tiles<kUpdate>({rows + r0, k}, {rows + column, k}, depth, (k - column) / lanes,
                        out + r0 * k + column, k);
}

/// Upper triangle of out += rowsᵀ·rows for `depth` padded rows.
HWY_INLINE void add_outer_products(const float* rows, std::size_t k, std::size_t depth,
                                   float* out) {
  for (std::size_t r0 = 0; r0 < k; r0 += kRowsOfTile) {
    update_block_row<Update::kAdd>(rows, k, depth, r0, out);
  }
}

}  // namespace marquee::linalg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
