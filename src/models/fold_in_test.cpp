#include "models/fold_in.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "models/ials_trainer.h"
#include "models/item_scores.h"
#include "models/slow_ials_test.h"
#include "models/small_world_test.h"

namespace marquee::models {
namespace {

class FoldIn : public ::testing::Test {
 protected:
  static FactorModel train() {
    IalsParameters parameters;
    parameters.rank = 20;
    parameters.epochs = 4;
    return train_ials(small_world(70, 50, 11), parameters, ModelVersion("als_test"), 2).value();
  }

  static std::vector<WeightedItem> history_of(const InteractionMatrix& matrix, std::size_t user) {
    std::vector<WeightedItem> history;
    for (const std::uint32_t item : matrix.by_user.columns_of(user)) history.push_back({item});
    return history;
  }

  const InteractionMatrix matrix_ = small_world(70, 50, 11);
  const FactorModel model_ = train();
};

TEST_F(FoldIn, GivesEveryTrainedViewerTheTrainedVectorToTheBit) {
  for (std::size_t user = 0; user < matrix_.user_ids.size(); ++user) {
    const auto vector = fold_in(model_, history_of(matrix_, user));
    ASSERT_TRUE(vector.ok());
    const auto trained = model_.users().row(user);
    EXPECT_EQ(*vector, std::vector<float>(trained.begin(), trained.end()));
  }
}

TEST_F(FoldIn, AgreesWithGaussianEliminationForAnyWeights) {
  const std::size_t k = model_.k();
  const std::vector<WeightedItem> history{{3, 1.0F}, {17, 0.25F}, {8, 2.0F}, {3, 0.5F}};
  const double alpha{model_.parameters().unobserved_weight};
  std::vector<double> a(k * k);
  std::vector<double> b(k);
  const auto add = [&](std::size_t row, double weight) {
    const auto y = model_.items().row(row);
    for (std::size_t r = 0; r < k; ++r) {
      for (std::size_t c = 0; c < k; ++c) a[r * k + c] += weight * double{y[r]} * double{y[c]};
    }
  };
  for (std::size_t row = 0; row < model_.items().rows(); ++row) add(row, alpha);
  double weight_sum = 0;
  for (const WeightedItem& item : history) {
    add(item.row, double{item.weight});
    for (std::size_t r = 0; r < k; ++r) {
      b[r] += double{item.weight} * double{model_.items().row(item.row)[r]};
    }
    weight_sum += double{item.weight};
  }
  const double ridge = double{model_.parameters().regularization} *
                       (weight_sum + alpha * static_cast<double>(model_.items().rows()));
  for (std::size_t r = 0; r < k; ++r) a[r * k + r] += ridge;
  const auto expected = linalg::solve_by_elimination(a, b);
  const auto vector = fold_in(model_, history);
  ASSERT_TRUE(vector.ok());
  for (std::size_t r = 0; r < k; ++r) EXPECT_NEAR((*vector)[r], expected[r], 1e-3);
}

TEST_F(FoldIn, RegularizesByTheSumOfTheWeightsNotByTheirNumber) {
  // One film with the vector (1): x = w / (α₀ + w + λ(w + α₀)), worked out by hand.
  IalsParameters parameters;
  parameters.rank = 1;
  parameters.unobserved_weight = 0.5F;
  parameters.regularization = 2.0F;
  const auto model = FactorModel::make(ModelVersion("als_test"), parameters, {1, {"m"}, {1.0F}},
                                       {1, {"u"}, {1.0F}});
  for (const float w : {0.25F, 1.0F, 4.0F}) {
    const auto vector = fold_in(*model, std::vector<WeightedItem>{{0, w}});
    EXPECT_NEAR(vector->front(), w / (0.5F + w + 2.0F * (w + 0.5F)), 1e-6);
  }
}

TEST_F(FoldIn, TheOrderOfAHistoryChangesRoundingOnly) {
  auto history = history_of(matrix_, 4);
  const auto forward = fold_in(model_, history);
  std::reverse(history.begin(), history.end());
  const auto backward = fold_in(model_, history);
  for (std::size_t i = 0; i < model_.k(); ++i) EXPECT_NEAR((*forward)[i], (*backward)[i], 1e-4);
}

TEST_F(FoldIn, NothingOrNothingOfWeightGivesTheZeroVector) {
  const std::vector<float> zero(model_.k(), 0.0F);
  EXPECT_EQ(*fold_in(model_, {}), zero);
  EXPECT_EQ(*fold_in(model_, std::vector<WeightedItem>{{2, 0.0F}}), zero);
}

TEST_F(FoldIn, MoreWeightPullsTheScoreOfAFilmUp) {
  const auto score = [&](float weight) {
    const auto vector = fold_in(model_, std::vector<WeightedItem>{{5, weight}, {6, 1.0F}});
    std::vector<float> scores(model_.items().rows());
    score_items(model_, *vector, scores);
    return scores[5];
  };
  EXPECT_LT(score(0.2F), score(1.0F));
  EXPECT_LT(score(1.0F), score(5.0F));
}

TEST_F(FoldIn, RefusesRowsOutsideTheModelAndBrokenWeights) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const WeightedItem item :
       {WeightedItem{50, 1}, {4'000'000'000U, 1}, {0, -1}, {0, nan}, {0, infinity}}) {
    const auto refused = fold_in(model_, std::vector<WeightedItem>{{1, 1.0F}, item});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(FoldIn, TheBestItemsComeFirstAndExcludedOnesNotAtAll) {
  const auto vector = fold_in(model_, history_of(matrix_, 0));
  std::vector<float> scores(model_.items().rows());
  score_items(model_, *vector, scores);
  const auto best = best_items(scores, 10);
  ASSERT_EQ(best.size(), 10U);
  for (std::size_t i = 1; i < best.size(); ++i) EXPECT_GE(scores[best[i - 1]], scores[best[i]]);
  EXPECT_EQ(scores[best[0]], *std::max_element(scores.begin(), scores.end()));
  scores[best[0]] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(best_items(scores, 1).front(), best[1]);
}

TEST_F(FoldIn, OfAnItemIsThatOfAViewerInTheModelWithRolesSwapped) {
  const auto swapped =
      FactorModel::make(model_.version(), model_.parameters(), model_.users(), model_.items());
  ASSERT_TRUE(swapped.ok());
  const std::vector<WeightedItem> viewers{{2}, {5}, {31}};
  std::vector<float> vectors;
  for (const WeightedItem& viewer : viewers) {
    const auto row = model_.users().row(viewer.row);
    vectors.insert(vectors.end(), row.begin(), row.end());
  }
  const auto item = fold_in_item(model_, user_gramian(model_), vectors);
  ASSERT_TRUE(item.ok());
  EXPECT_EQ(*item, *fold_in(*swapped, viewers));
}

TEST_F(FoldIn, OfAnItemWithoutViewersIsZeroAndWrongSizesAreRefused) {
  const std::vector<float> gramian(model_.k() * model_.k(), 0.0F);
  EXPECT_EQ(*fold_in_item(model_, gramian, {}), std::vector<float>(model_.k(), 0.0F));
  const std::vector<float> odd(model_.k() + 1, 1.0F);
  EXPECT_EQ(fold_in_item(model_, gramian, odd).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(fold_in_item(model_, odd, {}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace marquee::models
