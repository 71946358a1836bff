#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "linalg/aligned.h"
#include "linalg/padded_rows.h"

namespace marquee::linalg {

/// Steps towards the solution of the least squares problem that NormalEquations solves:
///
///     (scale·G + ridge·I + Σ wᵢ·yᵢyᵢᵀ) x = Σ wᵢ·yᵢ
///
/// by conjugate gradients from an x that is near already, as in ALS after its first epoch (Takács,
/// Pilászy and Tikk, RecSys 2011). A step costs two multiply-adds for each number of a yᵢ, where
/// the matrix of the equations costs k/2 of them; it is never made.
///
/// Holds scratch of about k² floats, so keep one for each thread. The result depends on the order
/// of the rows, in the last bits, and on nothing else. Not thread-safe.
class ConjugateGradients {
 public:
  /// k >= 1 unknowns.
  explicit ConjugateGradients(std::size_t k);

  /// What the rows of a half-step share: `gramian` is k × k, row-major, symmetric.
  void start(std::span<const float> gramian, float scale);

  /// Moves x, k floats, up to `steps` steps nearer: fewer where rounding leaves no way to go.
  /// `rows` and `weights` as in NormalEquations::add, of a matrix whose rows have k floats.
  void improve(const PaddedRows& matrix, std::span<const std::uint32_t> rows,
               std::span<const float> weights, float ridge, std::size_t steps, std::span<float> x);

  /// By how much the x of improve() lowers this row's loss below that of the zero vector.
  double gain() const { return gain_; }

 private:
  void find(const PaddedRows& matrix, std::span<const std::uint32_t> rows,
            std::span<const float> weights);

  std::size_t k_;
  std::size_t stride_;              // k padded
  AlignedFloats base_;              // scale·G, stride × stride
  AlignedFloats solution_;          // x
  AlignedFloats residual_;          // Σ w·y − A·x
  AlignedFloats direction_;         // of the next step
  AlignedFloats image_;             // A · direction
  std::vector<const float*> rows_;  // those of the problem, filled up
  AlignedFloats weights_;           // theirs
  double gain_ = 0;
};

}  // namespace marquee::linalg
