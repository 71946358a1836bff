#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "linalg/aligned.h"

namespace marquee::linalg {

/// The rows of a matrix in a quarter of their memory: 8-bit numbers with a scale for each row
/// (scalar quantization, Jégou et al., PAMI 2011, in one dimension). What that loses is bounded
/// row by row, so a search that looks at the bounds first and then at few exact products finds
/// what a sweep over all of them finds. Immutable; thread-safe.
class QuantizedMatrix {
 public:
  QuantizedMatrix() = default;
  /// `matrix` is row-major with rows of k floats; matrix.size() is a multiple of k, 1 ≤ k ≤ 4096.
  QuantizedMatrix(std::span<const float> matrix, std::size_t k);

  std::size_t rows() const { return rows_; }

  /// low[r] ≤ dot(row r of the matrix, query) ≤ high[r], as vector_ops.h computes the product; of
  /// rows or a query that are not finite, or longer than 1e25 (also their product), nothing is
  /// known (−∞, ∞). query.size() == k, low.size() == high.size() == rows().
  void bounds(std::span<const float> query, std::span<float> low, std::span<float> high) const;

 private:
  void add_row(std::span<const float> row, std::size_t r, std::span<float> numbers);

  std::size_t rows_ = 0;
  std::size_t k_ = 0;
  float length_max_ = 0;
  /// Blocks of kBlockRows rows; in a block, for each two columns, those of all its rows: a vector
  /// register of products belongs to many rows, and nothing is added across its lanes.
  std::vector<std::int8_t, CacheLineAllocator<std::int8_t>> blocks_;
  // By row, up to the end of the last block: row ≈ scale · numbers.
  AlignedFloats scale_;
  AlignedFloats loss_;    ///< at least ‖row − scale · numbers‖
  AlignedFloats length_;  ///< at least ‖row‖ + loss
};

}  // namespace marquee::linalg
