#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace marquee::linalg {

// Slow and obvious, in double: what the tests of linalg and models compare with. Not for products.

inline std::vector<float> random_floats(Rng& rng, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

/// Solves A·x = b by Gaussian elimination with pivoting; `a` is k × k, row-major.
inline std::vector<double> solve_by_elimination(std::vector<double> a, std::vector<double> b) {
  const std::size_t k = b.size();
  for (std::size_t column = 0; column < k; ++column) {
    std::size_t pivot = column;
    for (std::size_t r = column + 1; r < k; ++r) {
      if (std::abs(a[r * k + column]) > std::abs(a[pivot * k + column])) pivot = r;
    }
    for (std::size_t c = 0; c < k; ++c) std::swap(a[column * k + c], a[pivot * k + c]);
    std::swap(b[column], b[pivot]);
    for (std::size_t r = column + 1; r < k; ++r) {
      const double factor = a[r * k + column] / a[column * k + column];
      for (std::size_t c = column; c < k; ++c) a[r * k + c] -= factor * a[column * k + c];
      b[r] -= factor * b[column];
    }
  }
  for (std::size_t r = k; r-- > 0;) {
    for (std::size_t c = r + 1; c < k; ++c) b[r] -= a[r * k + c] * b[c];
    b[r] /= a[r * k + r];
  }
  return b;
}

}  // namespace marquee::linalg
