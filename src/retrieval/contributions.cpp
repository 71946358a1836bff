#include "retrieval/contributions.h"

#include <algorithm>

#include "linalg/normal_equations.h"
#include "linalg/vector_ops.h"

namespace marquee::retrieval {

Result<std::vector<float>> contributions(const models::FactorModel& model,
                                         std::span<const models::WeightedItem> history,
                                         std::uint32_t target) {
  const models::FactorTable& items = model.items();
  const auto is_outside = [&](const models::WeightedItem& item) {
    return item.row >= items.rows();
  };
  if (target >= items.rows() || std::any_of(history.begin(), history.end(), is_outside)) {
    return Error{ErrorCode::kInvalidArgument, "contributions: an item row is outside the model"};
  }
  std::vector<float> shares;
  if (history.empty()) return shares;
  std::vector<std::uint32_t> rows;
  std::vector<float> weights;
  double weight_sum = 0;
  for (const models::WeightedItem& item : history) {
    rows.push_back(item.row);
    weights.push_back(item.weight);
    weight_sum += double{item.weight};
  }
  linalg::NormalEquations equations(model.k());
  equations.start(model.item_gramian(), model.parameters().unobserved_weight,
                  models::ridge_of(model.parameters(), weight_sum, items.rows()));
  equations.add(items.values, rows, weights);
  equations.set_right_side(items.row(target));
  std::vector<float> solved(model.k());
  MARQUEE_CHECK(equations.solve(solved));
  for (const models::WeightedItem& item : history) {
    shares.push_back(item.weight * linalg::dot(items.row(item.row), solved));
  }
  return shares;
}

}  // namespace marquee::retrieval
