#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"

namespace marquee::models {

/// The objective of implicit ALS (Rendle, Krichene, Zhang, Koren, RecSys 2022, eq. 1–5):
///
///   L = Σ_{(u,i) observed} w_ui (1 − x_u·y_i)² + α₀ Σ_{u,i} (x_u·y_i)²
///       + Σ_u λ_u‖x_u‖² + Σ_i λ_i‖y_i‖²
///   λ_u = λ (n_u + α₀·|items|)^ν,   λ_i = λ (n_i + α₀·|users|)^ν
///
/// n_u = Σ_i w_ui and n_i = Σ_u w_ui: the number of observations while all weights are 1.
struct IalsParameters {
  // The defaults are the best found on validation users of MovieLens (ml-latest-small over 20
  // splits and ml-1m); larger data like a smaller unobserved_weight (ML-20M: 0.1 and λ = 0.003).
  std::int32_t rank = 64;  ///< k, length of every vector
  std::int32_t epochs = 8;
  float unobserved_weight = 0.2F;   ///< α₀
  float regularization = 0.007F;    ///< λ
  float regularization_exp = 1.0F;  ///< ν
  float init_stdev = 0.1F;          ///< vectors start as N(0, init_stdev/√k)
  std::uint64_t seed = 1;

  bool operator==(const IalsParameters&) const = default;
};

inline constexpr std::int32_t kRankMax = 2048;

/// Steps towards each row's solution in a half-step of training. With four, an epoch leaves as good
/// a model as an exact one (docs/decisions/0057-steps-of-conjugate-gradients.md).
inline constexpr std::size_t kGradientSteps = 4;

/// kInvalidArgument, naming the parameter, for one that is out of range or not finite.
Result<void> check_parameters(const IalsParameters& parameters);

/// λ_u for a user whose weights add up to `weight_sum` among `others` = |items| (or λ_i, with
/// |users|). Training and fold-in both call this, so that they agree to the bit.
float ridge_of(const IalsParameters& parameters, double weight_sum, std::size_t others);

/// Vectors by id: row r of `values` is values[r·k .. r·k+k) and belongs to ids[r]; ids ascending.
struct FactorTable {
  std::size_t k = 0;
  std::vector<std::string> ids;
  std::vector<float> values;

  std::span<const float> row(std::size_t r) const { return {values.data() + r * k, k}; }
  std::size_t rows() const { return ids.size(); }
};

/// A trained model, immutable and shared. Knows items by row; `item_row` maps ids to rows.
class FactorModel {
 public:
  /// kInvalidArgument when sizes disagree, ids are not strictly ascending or a value is not finite.
  static Result<FactorModel> make(ModelVersion version, IalsParameters parameters,
                                  FactorTable items, FactorTable users);

  const ModelVersion& version() const { return version_; }
  const IalsParameters& parameters() const { return parameters_; }
  std::size_t k() const { return items_.k; }
  const FactorTable& items() const { return items_; }
  const FactorTable& users() const { return users_; }
  std::optional<std::uint32_t> item_row(std::string_view movie_id) const;
  /// YᵀY of the item vectors, k × k, row-major, symmetric.
  std::span<const float> item_gramian() const { return item_gramian_; }

 private:
  ModelVersion version_;
  IalsParameters parameters_;
  FactorTable items_;
  FactorTable users_;
  std::vector<float> item_gramian_;
};

}  // namespace marquee::models
