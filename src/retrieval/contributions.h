#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/factor_model.h"
#include "models/fold_in.h"

namespace marquee::retrieval {

/// How much each film of a history adds to the fold-in's score of item row `target`, exactly
/// (Hu, Koren, Volinsky 2008, §5): with A the matrix of models/fold_in.h,
///
///     x·y_t = Σᵢ wᵢ · yᵢᵀ A⁻¹ y_t,   share i = wᵢ · yᵢᵀ A⁻¹ y_t
///
/// in the order of `history`; the sum is the score up to rounding. Cost: that of one fold-in.
/// kInvalidArgument for a row outside the model; kInternal when the system cannot be solved.
Result<std::vector<float>> contributions(const models::FactorModel& model,
                                         std::span<const models::WeightedItem> history,
                                         std::uint32_t target);

}  // namespace marquee::retrieval
