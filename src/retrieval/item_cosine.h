#pragma once

#include <cstdint>
#include <vector>

#include "models/factor_model.h"

namespace marquee::retrieval {

/// The cosine between the vector of item `row` (below the model's rows) and that of every item, by
/// row: 1 for the same direction, 0 for an item without length. One exact sweep.
std::vector<float> item_cosines(const models::FactorModel& model, std::uint32_t row);

}  // namespace marquee::retrieval
