#include "models/item_scores.h"

#include "linalg/top_k.h"
#include "linalg/vector_ops.h"

namespace marquee::models {

void score_items(const FactorModel& model, std::span<const float> vector, std::span<float> scores) {
  linalg::scores(model.items().values, vector, scores);
}

std::vector<std::uint32_t> best_items(std::span<const float> scores, std::size_t count) {
  std::vector<std::uint32_t> rows;
  for (const linalg::Scored& item : linalg::top_k(scores, count)) rows.push_back(item.index);
  return rows;
}

void best_items_of_users(const FactorModel& model, UserRows users, std::size_t count,
                         std::size_t workers, const linalg::LeftOut& left_out,
                         const linalg::TakeBest& take) {
  const std::size_t k = model.k();
  const auto vectors =
      std::span<const float>(model.users().values).subspan(users.first * k, users.count * k);
  linalg::best_products(model.items().values, vectors, k, count, workers, left_out, take);
}

}  // namespace marquee::models
