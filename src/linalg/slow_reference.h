#pragma once

#include <cmath>
#include <cstddef>
#include <numeric>
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

/// x after `steps` steps of conjugate gradients towards A·x = b; `a` is k × k, row-major,
/// symmetric.
inline std::vector<double> improve_slowly(const std::vector<double>& a,
                                          const std::vector<double>& b, std::vector<double> x,
                                          std::size_t steps) {
  const std::size_t k = b.size();
  const auto image = [&](const std::vector<double>& v) {
    std::vector<double> product(k);
    for (std::size_t i = 0; i < k * k; ++i) product[i / k] += a[i] * v[i % k];
    return product;
  };
  const auto dot = [](const std::vector<double>& u, const std::vector<double>& v) {
    return std::inner_product(u.begin(), u.end(), v.begin(), 0.0);
  };
  std::vector<double> residual = image(x);
  for (std::size_t i = 0; i < k; ++i) residual[i] = b[i] - residual[i];
  std::vector<double> direction = residual;
  for (std::size_t step = 0; step < steps; ++step) {
    const double square = dot(residual, residual);
    const std::vector<double> moved = image(direction);
    const double length = square / dot(direction, moved);
    if (!std::isfinite(length)) break;
    for (std::size_t i = 0; i < k; ++i) x[i] += length * direction[i];
    for (std::size_t i = 0; i < k; ++i) residual[i] -= length * moved[i];
    const double share = dot(residual, residual) / square;
    for (std::size_t i = 0; i < k; ++i) direction[i] = residual[i] + share * direction[i];
  }
  return x;
}

}  // namespace marquee::linalg
