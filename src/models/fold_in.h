#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/factor_model.h"

namespace marquee::models {

/// One positive of a history: an item row of the model and its confidence.
struct WeightedItem {
  std::uint32_t row = 0;
  float weight = 1.0F;
};

/// A viewer's vector from a history, item vectors held fixed: one half-step of iALS
/// (Hu, Koren, Volinsky 2008; Rendle et al. 2022), so that a viewer folded in with weights of 1
/// gets the vector that training would have given.
///
///     x = (α₀·YᵀY + Σ wᵢ·yᵢyᵢᵀ + λ_u·I)⁻¹ · Σ wᵢ·yᵢ
///
/// with λ_u = λ (Σ wᵢ + α₀·|items|)^ν, so that a history that fades weighs less against the prior.
/// Equal to the trained vector bit for bit when `history` is in ascending order of rows, as
/// training reads it; in another order equal up to rounding.
///
/// Cost: |history|·k²/2 + k³/6 multiply-adds. An empty history gives the zero vector.
/// Pure and thread-safe. kInvalidArgument for a row outside the model or a weight that is negative
/// or not finite; kInternal when the system cannot be solved.
Result<std::vector<float>> fold_in(const FactorModel& model, std::span<const WeightedItem> history);

/// An item's vector from the viewers who like it, viewer vectors held fixed: the same half-step,
/// roles swapped. For an item that the model does not know yet.
///
///     y = (α₀·XᵀX + Σ xᵤxᵤᵀ + λ_i·I)⁻¹ · Σ xᵤ        λ_i = λ (n + α₀·|users|)^ν
///
/// `gramian` is user_gramian(model), `viewers` n·k floats, one vector after
/// another. Without viewers the zero vector. Pure and thread-safe. kInvalidArgument when sizes
/// disagree; kInternal when the system cannot be solved.
Result<std::vector<float>> fold_in_item(const FactorModel& model, std::span<const float> gramian,
                                        std::span<const float> viewers);
/// XᵀX of the viewer vectors, k × k, row-major. Costs |users|·k² multiply-adds.
std::vector<float> user_gramian(const FactorModel& model);

}  // namespace marquee::models
