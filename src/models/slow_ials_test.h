#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "linalg/slow_reference.h"
#include "models/factor_model.h"
#include "models/interaction_matrix.h"

namespace marquee::models {

/// The objective and the half-step of IalsParameters, dense and in double, straight from the
/// formulas.
class SlowIals {
 public:
  SlowIals(const InteractionMatrix& matrix, const IalsParameters& parameters)
      : users_(matrix.user_ids.size()),
        items_(matrix.item_ids.size()),
        k_(static_cast<std::size_t>(parameters.rank)),
        parameters_(parameters),
        weights_(users_ * items_) {
    for (std::size_t u = 0; u < users_; ++u) {
      for (const std::uint32_t i : matrix.by_user.columns_of(u)) weights_[u * items_ + i] = 1;
    }
  }

  double loss(const std::vector<double>& x, const std::vector<double>& y) const {
    double sum = 0;
    for (std::size_t u = 0; u < users_; ++u) {
      for (std::size_t i = 0; i < items_; ++i) {
        const double p = product(x, u, y, i);
        sum += weights_[u * items_ + i] * (1 - p) * (1 - p) + alpha() * p * p;
      }
    }
    for (std::size_t u = 0; u < users_; ++u) sum += lambda(count_user(u), items_) * norm(x, u);
    for (std::size_t i = 0; i < items_; ++i) sum += lambda(count_item(i), users_) * norm(y, i);
    return sum;
  }

  std::vector<double> solve_users(const std::vector<double>& y) const {
    std::vector<double> x;
    for (std::size_t u = 0; u < users_; ++u) {
      const Equations row = user_row(u, y);
      append(x, linalg::solve_by_elimination(row.a, row.b));
    }
    return x;
  }

  /// What an epoch makes of the users' vectors, and of the items'.
  std::vector<double> improve_users(const std::vector<double>& x,
                                    const std::vector<double>& y) const {
    std::vector<double> moved;
    for (std::size_t u = 0; u < users_; ++u) append(moved, improve(user_row(u, y), x, u));
    return moved;
  }
  std::vector<double> improve_items(const std::vector<double>& y,
                                    const std::vector<double>& x) const {
    std::vector<double> moved;
    for (std::size_t i = 0; i < items_; ++i) append(moved, improve(item_row(i, x), y, i));
    return moved;
  }

  static std::vector<double> widened(const std::vector<float>& values) {
    return {values.begin(), values.end()};
  }

 private:
  double alpha() const { return double{parameters_.unobserved_weight}; }
  double lambda(double count, std::size_t others) const {
    return double{parameters_.regularization} *
           std::pow(count + alpha() * static_cast<double>(others),
                    double{parameters_.regularization_exp});
  }
  double count_user(std::size_t u) const {
    double count = 0;
    for (std::size_t i = 0; i < items_; ++i) count += weights_[u * items_ + i];
    return count;
  }
  double count_item(std::size_t i) const {
    double count = 0;
    for (std::size_t u = 0; u < users_; ++u) count += weights_[u * items_ + i];
    return count;
  }
  double product(const std::vector<double>& x, std::size_t u, const std::vector<double>& y,
                 std::size_t i) const {
    double sum = 0;
    for (std::size_t j = 0; j < k_; ++j) sum += x[u * k_ + j] * y[i * k_ + j];
    return sum;
  }
  double norm(const std::vector<double>& x, std::size_t row) const {
    return product(x, row, x, row);
  }
  /// A·x = b of one row.
  struct Equations {
    std::vector<double> a;
    std::vector<double> b;
  };

  Equations user_row(std::size_t u, const std::vector<double>& y) const {
    std::vector<double> weights(items_);
    for (std::size_t i = 0; i < items_; ++i) weights[i] = weights_[u * items_ + i];
    return equations(y, weights, lambda(count_user(u), items_));
  }
  Equations item_row(std::size_t i, const std::vector<double>& x) const {
    std::vector<double> weights(users_);
    for (std::size_t u = 0; u < users_; ++u) weights[u] = weights_[u * items_ + i];
    return equations(x, weights, lambda(count_item(i), users_));
  }
  Equations equations(const std::vector<double>& fixed, const std::vector<double>& weights,
                      double ridge) const {
    Equations made{std::vector<double>(k_ * k_), std::vector<double>(k_)};
    for (std::size_t row = 0; row < weights.size(); ++row) {
      for (std::size_t r = 0; r < k_; ++r) {
        made.b[r] += weights[row] * fixed[row * k_ + r];
        for (std::size_t c = 0; c < k_; ++c) {
          made.a[r * k_ + c] +=
              (weights[row] + alpha()) * fixed[row * k_ + r] * fixed[row * k_ + c];
        }
      }
    }
    for (std::size_t r = 0; r < k_; ++r) made.a[r * k_ + r] += ridge;
    return made;
  }
  std::vector<double> improve(const Equations& row, const std::vector<double>& vectors,
                              std::size_t number) const {
    const auto begin = vectors.begin() + static_cast<std::ptrdiff_t>(number * k_);
    return linalg::improve_slowly(row.a, row.b, {begin, begin + static_cast<std::ptrdiff_t>(k_)},
                                  kGradientSteps);
  }
  static void append(std::vector<double>& to, const std::vector<double>& row) {
    to.insert(to.end(), row.begin(), row.end());
  }

  std::size_t users_;
  std::size_t items_;
  std::size_t k_;
  IalsParameters parameters_;
  std::vector<double> weights_;
};

}  // namespace marquee::models
