// Goal: neighbours are the exact cosines, the same for any number of threads, and a file of them
// fits its model or is refused.

#include "models/item_neighbors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "formats/parquet.h"
#include "testing/cosine.h"

namespace marquee::models {
namespace {

FactorModel model_of(std::vector<float> values, std::size_t k) {
  FactorTable items{k, {}, std::move(values)};
  for (std::size_t row = 0; row < items.values.size() / k; ++row) {
    items.ids.push_back("m" + std::to_string(1'000 + row));
  }
  IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(k);
  return *FactorModel::make(ModelVersion("als_20250101_0000"), parameters, std::move(items),
                            {k, {}, {}});
}

FactorModel random_model(std::uint64_t seed, std::size_t items, std::size_t k) {
  Rng rng(seed);
  std::vector<float> values;
  for (std::size_t i = 0; i < items * k; ++i) values.push_back(static_cast<float>(rng.normal()));
  return model_of(std::move(values), k);
}

TEST(NearestItems, AreThoseOfLargestCosine) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    const std::size_t items = 2 + seed % 60;
    const FactorModel model = random_model(seed, items, 5);
    const ItemNeighbors neighbors = nearest_items(model, 8, 2);
    for (std::uint32_t row = 0; row < items; ++row) {
      std::vector<double> cosines;
      for (std::uint32_t other = 0; other < items; ++other) {
        const double cosine = testing::cosine(model.items().row(row), model.items().row(other));
        if (other != row && cosine > 1e-6) cosines.push_back(cosine);
      }
      std::sort(cosines.rbegin(), cosines.rend());
      cosines.resize(std::min<std::size_t>(cosines.size(), 8));
      const auto found = neighbors.of(row);
      RC_ASSERT(found.size() >= cosines.size());
      for (std::size_t i = 0; i < cosines.size(); ++i) {
        RC_ASSERT(found[i].row != row);
        RC_ASSERT(std::abs(double{found[i].weight} - cosines[i]) < 1e-5);
      }
    }
  }));
}

TEST(NearestItems, DoNotDependOnTheNumberOfWorkers) {
  const FactorModel model = random_model(7, 300, 16);
  EXPECT_EQ(nearest_items(model, 20, 1), nearest_items(model, 20, 3));
}

TEST(NearestItems, LookAtTheDirectionOnlyAndLeaveOutTheOpposite) {
  const FactorModel model = model_of({1, 0, 100, 1, -1, 0}, 2);
  const ItemNeighbors neighbors = nearest_items(model, 10, 1);
  ASSERT_EQ(neighbors.of(0).size(), 1U);
  EXPECT_EQ(neighbors.of(0)[0].row, 1U);
  EXPECT_TRUE(neighbors.of(2).empty());
}

TEST(NearestItems, OfOneFilmOrAFilmWithoutADirectionAreNone) {
  EXPECT_TRUE(nearest_items(model_of({1, 2}, 2), 10, 2).empty());
  const ItemNeighbors neighbors = nearest_items(model_of({0, 0, 1, 2, 1, 2}, 2), 10, 2);
  EXPECT_TRUE(neighbors.of(0).empty());
  ASSERT_EQ(neighbors.of(1).size(), 1U);
  EXPECT_EQ(neighbors.of(1)[0].row, 2U);
  EXPECT_TRUE(neighbors.of(9).empty()) << "a row beyond the model";
}

TEST(ItemNeighborsFile, ComesBackAsItWent) {
  const FactorModel model = random_model(3, 120, 4);
  const ItemNeighbors neighbors = nearest_items(model, 12, 1);
  const auto back = decode_neighbors(model, *encode_neighbors(model, neighbors));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, neighbors);
}

void expect_refused(const std::vector<formats::NeighborRow>& rows, const char* why) {
  const auto back =
      decode_neighbors(model_of({1, 0, 1, 1, 1, 2}, 2), *formats::write_neighbors(rows));
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(back.error().message.find(why), std::string::npos) << back.error().message;
}

TEST(ItemNeighborsFile, ThatDoesNotFitItsModelIsRefused) {
  const MovieId first("m1000");
  const MovieId second("m1001");
  expect_refused({{MovieId("x"), {{second, 0.5F}}}}, "'x' is not one of the model");
  expect_refused({{first, {{MovieId("x"), 0.5F}}}}, "'x' is not one of the model");
  expect_refused({{first, {{first, 0.5F}}}}, "its own neighbour");
  expect_refused({{first, {{second, std::numeric_limits<float>::quiet_NaN()}}}}, "weight");
  expect_refused({{first, {{second, 1.5F}}}}, "weight");
  expect_refused({{first, {{second, 0.2F}, {MovieId("m1002"), 0.3F}}}}, "weight");
}

}  // namespace
}  // namespace marquee::models
