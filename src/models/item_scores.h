#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "linalg/best_products.h"
#include "models/factor_model.h"

namespace marquee::models {

/// scores[r] = item row r · `vector`; vector has model.k() floats, scores one for each item.
void score_items(const FactorModel& model, std::span<const float> vector, std::span<float> scores);

/// The rows of the at most `count` largest scores, best first, ties by smaller row. A score of
/// -infinity excludes its row.
std::vector<std::uint32_t> best_items(std::span<const float> scores, std::size_t count);

/// Rows first .. first + count of a model's users.
struct UserRows {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// For each of those user rows the at most `count` item rows of largest product with it, but
/// left_out(n), n counted from the first of them; as linalg::best_products.
void best_items_of_users(const FactorModel& model, UserRows users, std::size_t count,
                         std::size_t workers, const linalg::LeftOut& left_out,
                         const linalg::TakeBest& take);

}  // namespace marquee::models
