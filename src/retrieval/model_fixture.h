#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "models/factor_model.h"

namespace marquee::retrieval {

/// A model of random item vectors "m000", "m001", …; no users.
inline std::shared_ptr<const models::FactorModel> random_model(std::size_t items, std::size_t k,
                                                               std::uint64_t seed) {
  Rng rng(seed);
  models::FactorTable table;
  table.k = k;
  for (std::size_t row = 0; row < items; ++row) {
    std::string number = std::to_string(row);
    table.ids.push_back("m" + std::string(3 - number.size(), '0') + number);
    for (std::size_t i = 0; i < k; ++i) table.values.push_back(static_cast<float>(rng.normal()));
  }
  models::FactorTable users;
  users.k = k;
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(k);
  auto model = models::FactorModel::make(ModelVersion("als_20250101_0000"), parameters,
                                         std::move(table), std::move(users));
  return std::make_shared<const models::FactorModel>(*std::move(model));
}

}  // namespace marquee::retrieval
