#include "models/fold_in.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "linalg/gramian.h"
#include "linalg/normal_equations.h"

namespace marquee::models {
namespace {

Result<void> check_history(const FactorModel& model, std::span<const WeightedItem> history) {
  const std::size_t items = model.items().rows();
  for (const WeightedItem& item : history) {
    if (item.row >= items) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("fold-in: item row {} is outside model '{}' of {} items", item.row,
                               model.version().value(), items)};
    }
    if (!(item.weight >= 0.0F) || !std::isfinite(item.weight)) {
      return Error{
          ErrorCode::kInvalidArgument,
          fmt::format("fold-in: the weight {} of item row {} is not a finite number from 0",
                      item.weight, item.row)};
    }
  }
  return {};
}

}  // namespace

Result<std::vector<float>> fold_in(const FactorModel& model,
                                   std::span<const WeightedItem> history) {
  MARQUEE_CHECK(check_history(model, history));
  std::vector<float> vector(model.k(), 0.0F);
  std::vector<std::uint32_t> rows;
  std::vector<float> weights;
  rows.reserve(history.size());
  weights.reserve(history.size());
  double weight_sum = 0;
  for (const WeightedItem& item : history) {
    rows.push_back(item.row);
    weights.push_back(item.weight);
    weight_sum += double{item.weight};
  }
  if (weight_sum == 0) return vector;
  const IalsParameters& parameters = model.parameters();
  linalg::NormalEquations equations(model.k());
  equations.start(model.item_gramian(), parameters.unobserved_weight,
                  ridge_of(parameters, weight_sum, model.items().rows()));
  equations.add(model.items().values, rows, weights);
  MARQUEE_CHECK(equations.solve(vector));
  return vector;
}

Result<std::vector<float>> fold_in_item(const FactorModel& model, std::span<const float> gramian,
                                        std::span<const float> viewers) {
  const std::size_t k = model.k();
  if (gramian.size() != k * k || viewers.size() % k != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("fold-in of an item: model '{}' has vectors of {} numbers, got {} for "
                             "its viewers and {} for their gramian",
                             model.version().value(), k, viewers.size(), gramian.size())};
  }
  std::vector<float> vector(k, 0.0F);
  std::vector<std::uint32_t> rows(viewers.size() / k);
  if (rows.empty()) return vector;
  std::iota(rows.begin(), rows.end(), 0U);
  const IalsParameters& parameters = model.parameters();
  linalg::NormalEquations equations(k);
  equations.start(gramian, parameters.unobserved_weight,
                  ridge_of(parameters, static_cast<double>(rows.size()), model.users().rows()));
  equations.add(viewers, rows);
  MARQUEE_CHECK(equations.solve(vector));
  return vector;
}

std::vector<float> user_gramian(const FactorModel& model) {
  return linalg::gramian(model.users().values, model.k());
}

}  // namespace marquee::models
