#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/factor_model.h"

namespace marquee::models {

// A FactorModel as the files of lakehouse/models/<version>/: item_factors.parquet and
// user_factors.parquet (layout: formats/parquet.h, docs/formats/). Version and parameters stand in
// the manifest beside them, which is the business of batch/.

inline constexpr const char* kItemFactorsFile = "item_factors.parquet";
inline constexpr const char* kUserFactorsFile = "user_factors.parquet";

struct ModelFiles {
  std::vector<std::byte> item_factors;
  std::vector<std::byte> user_factors;
};

/// The same model gives the same bytes.
Result<ModelFiles> encode_model(const FactorModel& model);

/// kDataLoss for damaged bytes, another schema, ids that are not strictly ascending, a value that
/// is not finite, or vectors whose length is not parameters.rank, whoever wrote the files.
Result<FactorModel> decode_model(const ModelVersion& version, const IalsParameters& parameters,
                                 std::span<const std::byte> item_factors,
                                 std::span<const std::byte> user_factors);

}  // namespace marquee::models
