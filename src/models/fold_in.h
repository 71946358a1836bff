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
/// Cost: |history|·k²/2 + k³/6 multiply-adds. An empty history gives the zero vector.
/// Pure and thread-safe. Errors only when the system cannot be solved (kInternal).
Result<std::vector<float>> fold_in(const FactorModel& model, std::span<const WeightedItem> history);

}  // namespace marquee::models
