// Goal: two models are told apart on the same viewers, however their rows are laid out.

#include "evaluation/paired_comparison.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "evaluation/taste_world_test.h"
#include "models/ials_trainer.h"

namespace marquee::evaluation {
namespace {

models::InteractionMatrix world() { return taste_world(300, 60, 3, 5); }

models::FactorModel train(const models::InteractionMatrix& matrix, int rank, int epochs) {
  models::IalsParameters parameters;
  parameters.rank = rank;
  parameters.epochs = epochs;
  return *models::train_ials(matrix, parameters, ModelVersion("als_x"), 2);
}

TEST(CompareModels, AModelIsAsGoodAsItself) {
  const auto matrix = world();
  const auto model = train(matrix, 8, 8);
  const auto compared = compare_models(matrix, model, model, {.seed = 1}, 2);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_EQ(compared->gain.mean, 0);
  EXPECT_EQ(compared->gain.standard_error, 0);
  EXPECT_EQ(compared->candidate_ndcg_100.mean, compared->baseline_ndcg_100.mean);
  EXPECT_GT(compared->gain.users, 20U);
}

TEST(CompareModels, IsSureThatNoiseIsWorse) {
  const auto matrix = world();
  const auto good = train(matrix, 8, 8);
  auto items = good.items();
  Rng rng(3);
  for (float& value : items.values) value = static_cast<float>(rng.uniform() - 0.5);
  const auto noise = *models::FactorModel::make(ModelVersion("als_noise"), good.parameters(),
                                                std::move(items), good.users());
  const auto compared = compare_models(matrix, noise, good, {.seed = 1}, 2);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_LT(compared->gain.high(), 0);
  const auto other_way = compare_models(matrix, good, noise, {.seed = 1}, 1);
  EXPECT_EQ(other_way->gain.mean, -compared->gain.mean);
}

TEST(CompareModels, RanksAndFilmsMayDiffer) {
  const auto matrix = world();
  const auto large = train(matrix, 12, 8);
  // Knows only the users of a part, and with them fewer films.
  std::vector<std::uint32_t> first_users(20);
  for (std::uint32_t user = 0; user < first_users.size(); ++user) first_users[user] = user;
  const auto small = train(select_users(matrix, first_users), 4, 8);
  ASSERT_LT(small.items().rows(), large.items().rows() + 1);
  const auto compared = compare_models(matrix, large, small, {.seed = 1}, 2);
  ASSERT_TRUE(compared.ok()) << compared.error().message;
  EXPECT_GT(compared->candidate_ndcg_100.mean, compared->baseline_ndcg_100.mean);
}

TEST(CompareModels, DoesNotDependOnTheNumberOfWorkers) {
  const auto matrix = world();
  const auto a = train(matrix, 8, 8);
  const auto b = train(matrix, 8, 1);
  const auto one = compare_models(matrix, a, b, {.seed = 1}, 1);
  const auto four = compare_models(matrix, a, b, {.seed = 1}, 4);
  EXPECT_EQ(one->gain.mean, four->gain.mean);
  EXPECT_EQ(one->gain.standard_error, four->gain.standard_error);
}

TEST(CompareModels, SaysThatThereAreTooFewViewers) {
  const auto matrix = taste_world(3, 20, 1, 5);
  const auto model = train(matrix, 2, 2);
  EXPECT_FALSE(compare_models(matrix, model, model, {.seed = 1}, 1).ok());
}

}  // namespace
}  // namespace marquee::evaluation
