#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "linalg/aligned.h"

namespace marquee::linalg {

/// One row's least squares problem of ALS, built up and solved in place:
///
///     (scale·G + ridge·I + Σ wᵢ·yᵢyᵢᵀ) x = Σ wᵢ·yᵢ
///
///     equations.start(gramian, scale, ridge);
///     equations.add(matrix, rows, weights);
///     MARQUEE_CHECK(equations.solve(x));
///
/// Holds scratch of about k² floats, so keep one for each thread. The result depends on the order
/// of the rows added, in the last bits, and on nothing else. Not thread-safe.
class NormalEquations {
 public:
  /// k >= 1 unknowns.
  explicit NormalEquations(std::size_t k);

  /// Begins anew. `gramian` is k × k, row-major, symmetric.
  void start(std::span<const float> gramian, float scale, float ridge);

  /// Adds the rows of `matrix` (row-major, k floats each) that `rows` names; `weights` are finite
  /// and >= 0, one for each row, or empty for weights of 1. May be called again.
  void add(std::span<const float> matrix, std::span<const std::uint32_t> rows,
           std::span<const float> weights = {});

  /// Replaces Σ wᵢ·yᵢ by `b`, k floats.
  void set_right_side(std::span<const float> b);

  /// Cholesky, then both triangular solves; x has k floats. kInternal when the matrix is not
  /// positive definite (or not finite); x is then unspecified. Call start() before using it again.
  Result<void> solve(std::span<float> x);

  /// Σ wᵢ·yᵢ · x for the x that solve() gave: by how much the best x lowers this row's loss below
  /// that of the zero vector, and so the cheap way to the loss of a half-step.
  double gain() const { return gain_; }

  std::size_t k() const { return k_; }

 private:
  std::size_t k_;
  std::size_t stride_;      // k padded
  AlignedFloats matrix_;    // stride × stride, upper triangle; after solve(), its factor U
  AlignedFloats right_;     // b
  AlignedFloats forward_;   // z
  AlignedFloats solution_;  // x
  AlignedFloats inverse_;   // 1 / U[i][i]
  AlignedFloats batch_;     // gathered rows times √w, then the √w
  double gain_ = 0;
};

/// Solves A·x = b for a symmetric positive definite A (k × k, row-major; the upper triangle is
/// read). kInvalidArgument when sizes disagree, kInternal when A is not positive definite.
Result<void> solve_spd(std::span<const float> a, std::span<const float> b, std::span<float> x);

}  // namespace marquee::linalg
