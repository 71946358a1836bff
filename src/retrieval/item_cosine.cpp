#include "retrieval/item_cosine.h"

#include <cmath>

#include "linalg/vector_ops.h"
#include "models/item_scores.h"

namespace marquee::retrieval {

std::vector<float> item_cosines(const models::FactorModel& model, std::uint32_t row) {
  const models::FactorTable& items = model.items();
  std::vector<float> cosines(items.rows());
  models::score_items(model, items.row(row), cosines);
  const float length = std::sqrt(linalg::dot(items.row(row), items.row(row)));
  for (std::size_t other = 0; other < items.rows(); ++other) {
    const float lengths = length * std::sqrt(linalg::dot(items.row(other), items.row(other)));
    cosines[other] = lengths > 0 ? cosines[other] / lengths : 0;
  }
  return cosines;
}

}  // namespace marquee::retrieval
