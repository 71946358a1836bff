#include "models/model_artifact.h"

#include <utility>

#include "formats/parquet.h"

namespace marquee::models {
namespace {

constexpr const char* kItemColumn = "movie_id";
constexpr const char* kUserColumn = "user_id";

Result<FactorTable> read_table(std::span<const std::byte> bytes, const char* file,
                               const char* column) {
  auto columns = formats::read_factors(bytes, column);
  if (!columns.ok()) return columns.error().with_context(file);
  return FactorTable{columns->k, std::move(columns->ids), std::move(columns->values)};
}

}  // namespace

Result<ModelFiles> encode_model(const FactorModel& model) {
  MARQUEE_TRY(auto items, formats::write_factors(kItemColumn, model.items().ids,
                                                 model.items().values, model.k()));
  MARQUEE_TRY(auto users, formats::write_factors(kUserColumn, model.users().ids,
                                                 model.users().values, model.k()));
  return ModelFiles{std::move(items), std::move(users)};
}

Result<FactorModel> decode_model(const ModelVersion& version, const IalsParameters& parameters,
                                 std::span<const std::byte> item_factors,
                                 std::span<const std::byte> user_factors) {
  MARQUEE_TRY(FactorTable items, read_table(item_factors, kItemFactorsFile, kItemColumn));
  MARQUEE_TRY(FactorTable users, read_table(user_factors, kUserFactorsFile, kUserColumn));
  auto model = FactorModel::make(version, parameters, std::move(items), std::move(users));
  if (!model.ok()) {
    return Error{ErrorCode::kDataLoss, model.error().message}.with_context("model '" +
                                                                           version.value() + "'");
  }
  return model;
}

}  // namespace marquee::models
