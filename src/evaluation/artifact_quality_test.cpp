// Goal: a finished model is judged as it will serve, however its rows are laid out.

#include "evaluation/artifact_quality.h"

#include <gtest/gtest.h>

#include "evaluation/estimate.h"
#include "evaluation/strong_generalization.h"
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

std::vector<double> judge(const models::InteractionMatrix& matrix, const models::FactorModel& model,
                          std::size_t workers = 2) {
  const auto figures = artifact_ndcg_100(matrix, model, {.seed = 1}, workers);
  EXPECT_TRUE(figures.ok()) << figures.error().message;
  return *figures;
}

TEST(ArtifactQuality, AModelThatKnowsTheViewersIsNoWorseThanOneThatDoesNot) {
  const auto matrix = world();
  const auto model = train(matrix, 8, 8);
  const auto report = evaluate_ials(matrix, model.parameters(), 1, 2);
  ASSERT_TRUE(report.ok());
  const auto figures = judge(matrix, model);
  ASSERT_EQ(figures.size(), report->ials_ndcg_100.size());
  EXPECT_GT(paired_difference(figures, report->ials_ndcg_100).mean, 0);
}

TEST(ArtifactQuality, NoiseIsSurelyWorse) {
  const auto matrix = world();
  const auto good = train(matrix, 8, 8);
  auto items = good.items();
  Rng rng(3);
  for (float& value : items.values) value = static_cast<float>(rng.uniform() - 0.5);
  const auto noise = *models::FactorModel::make(ModelVersion("als_noise"), good.parameters(),
                                                std::move(items), good.users());
  EXPECT_LT(paired_difference(judge(matrix, noise), judge(matrix, good)).high(), 0);
}

TEST(ArtifactQuality, FilmsThatTheModelLacksAreNotFound) {
  const auto matrix = world();
  const auto whole = train(matrix, 8, 8);
  auto items = whole.items();
  const std::size_t half = items.ids.size() / 2;
  items.ids.resize(half);
  items.values.resize(half * items.k);
  const auto part = *models::FactorModel::make(ModelVersion("als_part"), whole.parameters(),
                                               std::move(items), whole.users());
  EXPECT_LT(paired_difference(judge(matrix, part), judge(matrix, whole)).high(), 0);
}

TEST(ArtifactQuality, DoesNotDependOnTheNumberOfWorkers) {
  const auto matrix = world();
  const auto model = train(matrix, 8, 8);
  EXPECT_EQ(judge(matrix, model, 1), judge(matrix, model, 4));
}

TEST(ArtifactQuality, SaysThatThereAreTooFewViewers) {
  const auto matrix = taste_world(3, 20, 1, 5);
  EXPECT_FALSE(artifact_ndcg_100(matrix, train(matrix, 2, 2), {.seed = 1}, 1).ok());
}

}  // namespace
}  // namespace marquee::evaluation
