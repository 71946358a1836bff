#include "models/ials_trainer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/parallel_for.h"
#include "linalg/aligned.h"
#include "linalg/conjugate_gradients.h"
#include "linalg/gramian.h"
#include "linalg/normal_equations.h"
#include "models/initial_vectors.h"

namespace marquee::models {
namespace {

/// One side of the matrix and its vectors.
struct Side {
  const std::vector<std::string>& ids;
  const SparseRows& rows;
  std::vector<std::uint32_t> longest_first;  // the order in which rows are dealt to workers
  std::vector<double> weight_sums;
  std::vector<float> ridges;     // λ_u or λ_i
  linalg::AlignedFloats values;  // ids.size() × k
};

Side make_side(const std::vector<std::string>& ids, const SparseRows& rows, std::size_t others,
               const IalsParameters& parameters) {
  const auto k = static_cast<std::size_t>(parameters.rank);
  Side side{ids, rows, {}, {}, {}, linalg::AlignedFloats(ids.size() * k)};
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto weights = rows.weights_of(row);
    side.weight_sums.push_back(std::accumulate(weights.begin(), weights.end(), 0.0));
    side.ridges.push_back(ridge_of(parameters, side.weight_sums.back(), others));
  }
  side.longest_first.resize(rows.rows());
  std::iota(side.longest_first.begin(), side.longest_first.end(), 0U);
  std::sort(side.longest_first.begin(), side.longest_first.end(),
            [&](std::uint32_t a, std::uint32_t b) {
              const std::size_t length_a = rows.columns_of(a).size();
              const std::size_t length_b = rows.columns_of(b).size();
              return length_a != length_b ? length_a > length_b : a < b;
            });
  return side;
}

void draw_initial_vectors(Side& side, const IalsParameters& parameters) {
  const auto k = static_cast<std::size_t>(parameters.rank);
  for (std::size_t row = 0; row < side.ids.size(); ++row) {
    draw_initial_vector(side.ids[row], parameters, {side.values.data() + row * k, k});
  }
}

class Trainer {
 public:
  Trainer(const InteractionMatrix& matrix, const IalsParameters& parameters, std::size_t workers)
      : parameters_(parameters),
        k_(static_cast<std::size_t>(parameters.rank)),
        workers_(std::max<std::size_t>(1, workers)),
        equations_(workers_, linalg::NormalEquations(k_)),
        gradients_(workers_, linalg::ConjugateGradients(k_)),
        users_(make_side(matrix.user_ids, matrix.by_user, matrix.item_ids.size(), parameters)),
        items_(make_side(matrix.item_ids, matrix.by_item, matrix.user_ids.size(), parameters)) {}

  Result<void> run(const std::function<void(const EpochReport&)>& on_epoch) {
    draw_initial_vectors(items_, parameters_);
    for (std::int32_t epoch = 1; epoch <= parameters_.epochs; ++epoch) {
      const auto begin = std::chrono::steady_clock::now();
      (void)improve(users_, items_);
      const double loss = item_step_loss();
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      if (on_epoch) on_epoch({epoch, loss, elapsed.count()});
    }
    // The lists of the nightly run use these vectors and live requests fold in against the final
    // items: one more user step, an exact one, makes the two agree.
    return solve(users_, items_);
  }

  FactorTable users() const { return table(users_); }
  FactorTable items() const { return table(items_); }

 private:
  FactorTable table(const Side& side) const {
    return {k_, side.ids, {side.values.begin(), side.values.end()}};
  }

  /// Moves every row of `moved` nearer to its solution with `fixed` held; returns Σ over rows of
  /// the gain. Rows are independent, so who computes which does not matter; their gains are added
  /// in row order.
  double improve(Side& moved, const Side& fixed) {
    const std::vector<float> gramian = linalg::gramian(fixed.values, k_, workers_);
    const linalg::PaddedRows fixed_rows(fixed.values, k_);
    for (auto& gradients : gradients_) gradients.start(gramian, parameters_.unobserved_weight);
    std::vector<double> gains(moved.ids.size());
    parallel_for(workers_, gains.size(), kGrain, [&](std::size_t worker, std::size_t index) {
      const std::size_t row = moved.longest_first[index];
      linalg::ConjugateGradients& gradients = gradients_[worker];
      gradients.improve(fixed_rows, moved.rows.columns_of(row), moved.rows.weights_of(row),
                        moved.ridges[row], kGradientSteps, {moved.values.data() + row * k_, k_});
      gains[row] = gradients.gain();
    });
    return std::accumulate(gains.begin(), gains.end(), 0.0);
  }

  /// Solves every row of `solved` with `fixed` held.
  Result<void> solve(Side& solved, const Side& fixed) {
    const std::vector<float> gramian = linalg::gramian(fixed.values, k_, workers_);
    const std::size_t rows = solved.ids.size();
    std::atomic<std::size_t> failed_row{rows};
    parallel_for(workers_, rows, kGrain, [&](std::size_t worker, std::size_t index) {
      const std::size_t row = solved.longest_first[index];
      linalg::NormalEquations& equations = equations_[worker];
      equations.start(gramian, parameters_.unobserved_weight, solved.ridges[row]);
      equations.add(fixed.values, solved.rows.columns_of(row), solved.rows.weights_of(row));
      const std::span<float> vector(solved.values.data() + row * k_, k_);
      if (!equations.solve(vector).ok()) failed_row = row;
    });
    if (failed_row < rows) {
      return Error{ErrorCode::kInternal,
                   fmt::format("iALS cannot solve the row of '{}': raise train.regularization or "
                               "train.unobserved_weight",
                               solved.ids[failed_row])};
    }
    return {};
  }

  /// The item step, and the objective after it. With the users fixed, the objective is a sum of one
  /// quadratic for each item, which lies its gain below Σ w, its value at y = 0.
  double item_step_loss() {
    double loss = -improve(items_, users_);
    for (std::size_t user = 0; user < users_.ids.size(); ++user) {
      double norm = 0;
      for (std::size_t j = 0; j < k_; ++j) {
        const double value{users_.values[user * k_ + j]};
        norm += value * value;
      }
      loss += users_.weight_sums[user] + norm * double{users_.ridges[user]};
    }
    return loss;
  }

  static constexpr std::size_t kGrain = 4;

  IalsParameters parameters_;
  std::size_t k_;
  std::size_t workers_;
  std::vector<linalg::NormalEquations> equations_;  // one for each worker
  std::vector<linalg::ConjugateGradients> gradients_;
  Side users_;
  Side items_;
};

bool fits(const SparseRows& rows, std::size_t row_count, std::size_t column_count) {
  return rows.rows() == row_count && rows.starts.back() == rows.columns.size() &&
         rows.columns.size() == rows.weights.size() &&
         std::is_sorted(rows.starts.begin(), rows.starts.end()) &&
         std::all_of(rows.columns.begin(), rows.columns.end(),
                     [&](std::uint32_t column) { return column < column_count; }) &&
         std::all_of(rows.weights.begin(), rows.weights.end(),
                     [](float weight) { return weight >= 0.0F && std::isfinite(weight); });
}

Result<void> check_matrix(const InteractionMatrix& matrix) {
  const std::size_t users = matrix.user_ids.size();
  const std::size_t items = matrix.item_ids.size();
  if (users == 0 || items == 0 || matrix.by_user.columns.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "iALS needs at least one positive interaction: import history or record events"};
  }
  if (!fits(matrix.by_user, users, items) || !fits(matrix.by_item, items, users) ||
      matrix.by_user.columns.size() != matrix.by_item.columns.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the interaction matrix contradicts itself: build it with "
                 "InteractionMatrixBuilder"};
  }
  return {};
}

}  // namespace

Result<FactorModel> train_ials(const InteractionMatrix& matrix, const IalsParameters& parameters,
                               const ModelVersion& version, std::size_t workers,
                               const std::function<void(const EpochReport&)>& on_epoch) {
  MARQUEE_CHECK(check_parameters(parameters));
  MARQUEE_CHECK(check_matrix(matrix));
  Trainer trainer(matrix, parameters, workers);
  MARQUEE_CHECK(trainer.run(on_epoch));
  auto model = FactorModel::make(version, parameters, trainer.items(), trainer.users());
  if (!model.ok()) {
    return Error{ErrorCode::kInternal, model.error().message}.with_context("iALS diverged");
  }
  return model;
}

}  // namespace marquee::models
