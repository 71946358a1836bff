#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "linalg/aligned.h"

namespace marquee::linalg {

/// The rows of a matrix as whole vectors: the matrix itself where k is a multiple of kPadding (it
/// has to stay), else a copy with zeros behind each row. Immutable; thread-safe.
class PaddedRows {
 public:
  /// `matrix` is row-major with rows of k floats.
  PaddedRows(std::span<const float> matrix, std::size_t k) : stride_(padded(k)) {
    if (stride_ == k) {
      first_ = matrix.data();
      return;
    }
    copy_.resize(matrix.size() / k * stride_);
    for (std::size_t row = 0; row * k < matrix.size(); ++row) {
      std::copy_n(matrix.data() + row * k, k, copy_.data() + row * stride_);
    }
    first_ = copy_.data();
  }
  PaddedRows(const PaddedRows&) = delete;
  PaddedRows& operator=(const PaddedRows&) = delete;

  std::size_t stride() const { return stride_; }
  const float* first() const { return first_; }

 private:
  std::size_t stride_;
  const float* first_;
  AlignedFloats copy_;
};

}  // namespace marquee::linalg
