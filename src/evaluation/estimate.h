#pragma once

#include <cstddef>
#include <span>

namespace marquee::evaluation {

/// A mean over users and how sure it is.
struct Estimate {
  double mean = 0;
  double standard_error = 0;  ///< 0 with fewer than two users
  std::size_t users = 0;

  /// The 95 % interval of the normal approximation.
  double low() const { return mean - 1.96 * standard_error; }
  double high() const { return mean + 1.96 * standard_error; }
};

Estimate estimate(std::span<const double> values);

/// Of a[i] − b[i]: two rankers on the same users, in the same order, compare far more sharply
/// paired than by their two intervals. The spans have the same length.
Estimate paired_difference(std::span<const double> a, std::span<const double> b);

}  // namespace marquee::evaluation
