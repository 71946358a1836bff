#include "models/ials_trainer.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "models/initial_vectors.h"
#include "models/slow_ials_test.h"
#include "models/small_world_test.h"

namespace marquee::models {
namespace {

IalsParameters small_parameters(std::int32_t rank = 8, std::int32_t epochs = 5) {
  IalsParameters parameters;
  parameters.rank = rank;
  parameters.epochs = epochs;
  return parameters;
}

struct TrainingRun {
  FactorModel model;
  std::vector<EpochReport> epochs;
};

TrainingRun train(const InteractionMatrix& matrix, const IalsParameters& parameters,
                  std::size_t workers = 1) {
  std::vector<EpochReport> epochs;
  auto model = train_ials(matrix, parameters, ModelVersion("als_test"), workers,
                          [&](const EpochReport& report) { epochs.push_back(report); });
  EXPECT_TRUE(model.ok()) << (model.ok() ? "" : model.error().message);
  return {std::move(model).value(), std::move(epochs)};
}

void expect_close(const std::vector<float>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected[i], 2e-3);
}

TEST(IalsTrainer, TheUsersOfTheModelAreTheExactMinimumOfTheObjective) {
  EXPECT_TRUE(rc::check([] {
    const auto matrix =
        small_world(*rc::gen::inRange<std::size_t>(2, 20), *rc::gen::inRange<std::size_t>(2, 15),
                    *rc::gen::arbitrary<std::uint64_t>());
    auto parameters = small_parameters(*rc::gen::inRange(1, 12), *rc::gen::inRange(1, 4));
    parameters.unobserved_weight = *rc::gen::element(0.05F, 0.2F, 1.0F);
    parameters.regularization = *rc::gen::element(0.01F, 0.05F);
    parameters.regularization_exp = *rc::gen::element(0.0F, 0.5F, 1.0F);
    const TrainingRun run = train(matrix, parameters, 2);
    const SlowIals slow(matrix, parameters);
    const auto items = SlowIals::widened(run.model.items().values);
    expect_close(run.model.users().values, slow.solve_users(items));
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

TEST(IalsTrainer, FollowsTheSlowTrainerFromTheSameStartAndReportsItsLoss) {
  const auto matrix = small_world(30, 20, 3);
  const auto parameters = small_parameters(6, 3);
  const SlowIals slow(matrix, parameters);
  std::vector<float> start(matrix.item_ids.size() * 6);
  for (std::size_t item = 0; item < matrix.item_ids.size(); ++item) {
    draw_initial_vector(matrix.item_ids[item], parameters, std::span(start).subspan(item * 6, 6));
  }
  std::vector<double> items = SlowIals::widened(start);
  std::vector<double> users(matrix.user_ids.size() * 6);
  const TrainingRun run = train(matrix, parameters);
  for (const EpochReport& epoch : run.epochs) {
    users = slow.improve_users(users, items);
    items = slow.improve_items(items, users);
    const double loss = slow.loss(users, items);
    EXPECT_NEAR(epoch.loss, loss, 1e-4 * loss) << "epoch " << epoch.epoch;
  }
  expect_close(run.model.items().values, items);
}

TEST(IalsTrainer, TheLossFallsWithEveryEpoch) {
  const TrainingRun run = train(small_world(60, 40, 5), small_parameters(8, 12));
  ASSERT_EQ(run.epochs.size(), 12U);
  for (std::size_t i = 0; i < run.epochs.size(); ++i) {
    EXPECT_EQ(run.epochs[i].epoch, static_cast<std::int32_t>(i) + 1);
    EXPECT_GT(run.epochs[i].loss, 0);
    if (i > 0) {
      EXPECT_LE(run.epochs[i].loss, run.epochs[i - 1].loss * (1 + 1e-6));
    }
  }
}

TEST(IalsTrainer, GivesTheSameBitsForAnyNumberOfWorkersAndEveryRun) {
  const auto matrix = small_world(150, 70, 6);
  const TrainingRun first = train(matrix, small_parameters(16, 4), 1);
  for (const std::size_t workers : {0U, 1U, 2U, 3U, 7U}) {
    const TrainingRun again = train(matrix, small_parameters(16, 4), workers);
    EXPECT_EQ(again.model.items().values, first.model.items().values);
    EXPECT_EQ(again.model.users().values, first.model.users().values);
    for (std::size_t i = 0; i < first.epochs.size(); ++i) {
      EXPECT_EQ(again.epochs[i].loss, first.epochs[i].loss);
    }
  }
}

TEST(IalsTrainer, AnotherSeedGivesAnotherModelOfAboutTheSameLoss) {
  const auto matrix = small_world(60, 40, 7);
  auto parameters = small_parameters(8, 15);
  const TrainingRun first = train(matrix, parameters);
  parameters.seed = 99;
  const TrainingRun second = train(matrix, parameters);
  EXPECT_NE(first.model.items().values, second.model.items().values);
  EXPECT_NEAR(first.epochs.back().loss, second.epochs.back().loss, 0.05 * first.epochs.back().loss);
}

TEST(IalsTrainer, ScoresFilmsOfAViewersTasteHigher) {
  const auto matrix = small_world(80, 40, 8);
  const TrainingRun run = train(matrix, small_parameters(4, 10));
  double own = 0;
  double other = 0;
  for (std::size_t u = 0; u < matrix.user_ids.size(); ++u) {
    for (std::size_t i = 0; i < matrix.item_ids.size(); ++i) {
      double score = 0;
      for (std::size_t j = 0; j < 4; ++j) {
        score += double{run.model.users().row(u)[j]} * double{run.model.items().row(i)[j]};
      }
      (u % 2 == i % 2 ? own : other) += score;
    }
  }
  EXPECT_GT(own, 3 * other);
}

TEST(IalsTrainer, KeepsVersionParametersAndIds) {
  const auto matrix = small_world(9, 7, 9);
  const TrainingRun run = train(matrix, small_parameters(3, 1));
  EXPECT_EQ(run.model.version(), ModelVersion("als_test"));
  EXPECT_EQ(run.model.parameters(), small_parameters(3, 1));
  EXPECT_EQ(run.model.items().ids, matrix.item_ids);
  EXPECT_EQ(run.model.users().ids, matrix.user_ids);
}

TEST(IalsTrainer, RefusesAnEmptyMatrixAndParametersOutOfRange) {
  const ModelVersion version("als_test");
  EXPECT_EQ(train_ials({}, small_parameters(), version, 1).error().code,
            ErrorCode::kInvalidArgument);
  auto parameters = small_parameters();
  parameters.regularization = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(train_ials(small_world(5, 5, 1), parameters, version, 1).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(IalsTrainer, RefusesAMatrixThatContradictsItself) {
  const ModelVersion version("als_test");
  auto beyond = small_world(5, 5, 1);
  beyond.by_user.columns[0] = 99;
  auto torn = small_world(5, 5, 1);
  torn.by_item.weights.pop_back();
  auto negative = small_world(5, 5, 1);
  negative.by_item.weights[0] = -1;
  auto missing = small_world(5, 5, 1);
  missing.user_ids.pop_back();
  for (const auto* matrix : {&beyond, &torn, &negative, &missing}) {
    const auto refused = train_ials(*matrix, small_parameters(), version, 1);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(IalsTrainer, SaysWhatToDoWhenARowCannotBeSolved) {
  auto parameters = small_parameters(8, 2);
  parameters.regularization = 0;
  parameters.unobserved_weight = 0;
  const auto refused = train_ials(small_world(5, 4, 2), parameters, ModelVersion("als_test"), 2);
  if (refused.ok()) GTEST_SKIP() << "rounding made the singular systems solvable";
  EXPECT_EQ(refused.error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace marquee::models
