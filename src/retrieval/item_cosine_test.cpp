#include "retrieval/item_cosine.h"

#include <cmath>

#include <gtest/gtest.h>

#include "retrieval/model_fixture.h"

namespace marquee::retrieval {
namespace {

TEST(ItemCosines, AgreeWithTheDefinition) {
  const auto model = random_model(40, 7, 3);
  const models::FactorTable& items = model->items();
  for (std::uint32_t row = 0; row < 40; row += 13) {
    const auto cosines = item_cosines(*model, row);
    ASSERT_EQ(cosines.size(), 40U);
    for (std::size_t other = 0; other < 40; ++other) {
      double dot = 0, a = 0, b = 0;
      for (std::size_t i = 0; i < 7; ++i) {
        const double x = double{items.row(row)[i]};
        const double y = double{items.row(other)[i]};
        dot += x * y;
        a += x * x;
        b += y * y;
      }
      EXPECT_NEAR(double{cosines[other]}, dot / std::sqrt(a * b), 1e-5);
    }
    EXPECT_NEAR(cosines[row], 1, 1e-5);
  }
}

TEST(ItemCosines, TakeAnItemWithoutLengthForNothing) {
  models::FactorTable items{2, {"a", "b", "c"}, {3, 4, 0, 0, 6, 8}};
  models::FactorTable users;
  users.k = 2;
  models::IalsParameters parameters;
  parameters.rank = 2;
  const auto model =
      models::FactorModel::make(ModelVersion("v"), parameters, std::move(items), std::move(users));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(item_cosines(*model, 1), (std::vector<float>{0, 0, 0}));
  const auto cosines = item_cosines(*model, 0);
  EXPECT_EQ(cosines[1], 0);
  EXPECT_NEAR(cosines[2], 1, 1e-6);
}

}  // namespace
}  // namespace marquee::retrieval
