// Goal: what hangs on a model is reachable by film, whatever rows and keys are.

#include <gtest/gtest.h>

#include "serving/generation.h"

namespace marquee::serving {
namespace {

std::shared_ptr<const models::FactorModel> three_films() {
  models::IalsParameters parameters;
  parameters.rank = 2;
  return std::make_shared<const models::FactorModel>(
      *models::FactorModel::make(ModelVersion("als_20250101_0000"), parameters,
                                 {2, {"m1", "m2", "m3"}, {1, 0, 1, 1, 1, 0.5F}}, {2, {}, {}}));
}

TEST(GenerationNeighbors, NamesTheFilmsLikeAFilm) {
  MovieTable table;
  const MovieKey third = table.intern(MovieId("m3"));  // keys are not rows
  const MovieKey unknown = table.intern(MovieId("not in the model"));
  const auto model = three_films();
  const auto generation = make_generation(
      model, table,
      std::make_shared<const models::ItemNeighbors>(models::nearest_items(*model, 10, 1)));
  const auto films = generation->neighbors(third);
  ASSERT_EQ(films.size(), 2U);
  EXPECT_EQ(films[0].movie, *table.find("m2"));
  EXPECT_EQ(films[1].movie, *table.find("m1"));
  EXPECT_GT(films[0].score, films[1].score);
  EXPECT_TRUE(generation->neighbors(unknown).empty());
  EXPECT_TRUE(generation->neighbors(1'000'000).empty());
}

TEST(GenerationNeighbors, WithoutNeighboursNamesNone) {
  MovieTable table;
  const auto generation = make_generation(three_films(), table);
  EXPECT_TRUE(generation->neighbors(*table.find("m1")).empty());
}

}  // namespace
}  // namespace marquee::serving
