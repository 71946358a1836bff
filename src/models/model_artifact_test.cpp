#include "models/model_artifact.h"

#include <limits>

#include <gtest/gtest.h>

#include "formats/parquet.h"

namespace marquee::models {
namespace {

IalsParameters rank_two() {
  IalsParameters parameters;
  parameters.rank = 2;
  return parameters;
}

FactorModel example() {
  return FactorModel::make(ModelVersion("als_20250103_0200"), rank_two(),
                           {2, {"m1", "m2"}, {1, 2, 3, 4}}, {2, {"u1"}, {0.5F, -0.25F}})
      .value();
}

std::vector<std::byte> factors(const char* column, const std::vector<std::string>& ids,
                               const std::vector<float>& values, std::size_t k = 2) {
  return formats::write_factors(column, ids, values, k).value();
}

void expect_damaged(const Result<FactorModel>& result) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss) << result.error().message;
}

TEST(ModelArtifact, ComesBackAsItWent) {
  const FactorModel model = example();
  const auto files = encode_model(model);
  ASSERT_TRUE(files.ok()) << files.error().message;
  const auto back =
      decode_model(model.version(), model.parameters(), files->item_factors, files->user_factors);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->version(), model.version());
  EXPECT_EQ(back->parameters(), model.parameters());
  EXPECT_EQ(back->items().ids, model.items().ids);
  EXPECT_EQ(back->items().values, model.items().values);
  EXPECT_EQ(back->users().ids, model.users().ids);
  EXPECT_EQ(back->users().values, model.users().values);
}

TEST(ModelArtifact, TheSameModelGivesTheSameBytes) {
  const auto first = encode_model(example());
  const auto second = encode_model(example());
  EXPECT_EQ(first->item_factors, second->item_factors);
  EXPECT_EQ(first->user_factors, second->user_factors);
}

TEST(ModelArtifact, WithNanInfinityOrAnotherRankIsRefused) {
  const ModelVersion version("als_x");
  const auto users = factors("user_id", {"u1"}, {1, 2});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  expect_damaged(decode_model(version, rank_two(), factors("movie_id", {"a"}, {1, nan}), users));
  expect_damaged(
      decode_model(version, rank_two(), factors("movie_id", {"a"}, {infinity, 1}), users));
  expect_damaged(
      decode_model(version, rank_two(), factors("movie_id", {"a"}, {1, 2, 3}, 3), users));
}

TEST(ModelArtifact, WithTheFilesExchangedOrDamagedIsRefused) {
  const auto files = encode_model(example());
  const ModelVersion version("als_x");
  expect_damaged(decode_model(version, rank_two(), files->user_factors, files->item_factors));
  expect_damaged(decode_model(version, rank_two(), {}, files->user_factors));
  auto cut = files->user_factors;
  cut.resize(cut.size() / 2);
  expect_damaged(decode_model(version, rank_two(), files->item_factors, cut));
}

}  // namespace
}  // namespace marquee::models
