#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/factor_model.h"

namespace marquee::models {

/// scores[r] = item row r · `vector`; vector has model.k() floats, scores one for each item.
void score_items(const FactorModel& model, std::span<const float> vector, std::span<float> scores);

/// The rows of the at most `count` largest scores, best first, ties by smaller row. A score of
/// -infinity excludes its row.
std::vector<std::uint32_t> best_items(std::span<const float> scores, std::size_t count);

}  // namespace marquee::models
