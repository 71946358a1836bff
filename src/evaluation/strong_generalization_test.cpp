#include "evaluation/strong_generalization.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "evaluation/taste_world_test.h"

namespace marquee::evaluation {
namespace {

models::IalsParameters small_parameters() {
  models::IalsParameters parameters;
  parameters.rank = 8;
  parameters.epochs = 5;
  return parameters;
}

TEST(StrongGeneralization, AModelThatLearnsTastesBeatsPopularity) {
  const auto report = evaluate_ials(taste_world(400, 120, 4, 1), small_parameters(), 7, 2);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_GT(report->users, 30U);
  EXPECT_GT(report->ials.ndcg_100.mean, 1.3 * report->popularity.ndcg_100.mean);
  EXPECT_GT(report->ials.recall_20.mean, report->popularity.recall_20.mean);
  EXPECT_GT(report->ndcg_100_gain.low(), 0);
  EXPECT_GT(report->ials.coverage_20, report->popularity.coverage_20);
  EXPECT_EQ(report->ials_ndcg_100.size(), report->users);
}

TEST(StrongGeneralization, DoesNotDependOnTheNumberOfWorkers) {
  const auto matrix = taste_world(200, 60, 3, 2);
  const auto alone = evaluate_ials(matrix, small_parameters(), 3, 1);
  for (const std::size_t workers : {0U, 2U, 3U}) {
    const auto report = evaluate_ials(matrix, small_parameters(), 3, workers);
    EXPECT_EQ(report->ials_ndcg_100, alone->ials_ndcg_100);
    EXPECT_EQ(report->ials.coverage_20, alone->ials.coverage_20);
    EXPECT_EQ(report->popularity.recall_50.mean, alone->popularity.recall_50.mean);
  }
}

TEST(StrongGeneralization, ValidationAndTestAreDifferentUsers) {
  const auto matrix = taste_world(200, 60, 3, 4);
  const auto test = evaluate_ials(matrix, small_parameters(), SplitOptions{}, 2, HeldOut::kTest);
  const auto validation =
      evaluate_ials(matrix, small_parameters(), SplitOptions{}, 2, HeldOut::kValidation);
  EXPECT_EQ(test->train_positives, validation->train_positives);
  EXPECT_NE(test->ials_ndcg_100, validation->ials_ndcg_100);
}

TEST(StrongGeneralization, PassesOnWhatIsWrongWithDataOrParameters) {
  EXPECT_EQ(evaluate_ials({}, small_parameters(), 1, 1).error().code,
            ErrorCode::kFailedPrecondition);
  auto parameters = small_parameters();
  parameters.rank = -1;
  EXPECT_EQ(evaluate_ials(taste_world(100, 40, 2, 1), parameters, 1, 1).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(ScoreUsers, NeverRecommendsTheHistoryAndFindsWhatItShould) {
  // Item 0 scores best but is known; the targets follow it.
  const std::vector<HeldOutUser> users{{.history = {0}, .targets = {1, 2}}};
  const Scorer by_number = [](std::span<const std::uint32_t>, std::span<float> scores) {
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = -static_cast<float>(i);
    return Result<void>();
  };
  const auto scores = score_users(users, 30, by_number, 1);
  ASSERT_TRUE(scores.ok());
  EXPECT_EQ(scores->ndcg_100, std::vector<double>{1.0});
  EXPECT_EQ(scores->recall_20, std::vector<double>{1.0});
  EXPECT_DOUBLE_EQ(scores->coverage_20, 20.0 / 30.0);
}

TEST(StrongGeneralization, RefusesToJudgeWhenNoHeldOutUserIsLeft) {
  // Users of disjoint films: whoever is held out likes nothing that training knows.
  models::InteractionMatrixBuilder builder;
  for (std::uint64_t number = 0; number < 300; ++number) {
    Event event;
    event.event_id = Uuid::v7_from(1, number, number);
    event.user_id = UserId(fmt::format("u{}", number / 6));
    event.movie_id = MovieId(fmt::format("m{}", number));
    event.type = EventType::kLike;
    builder.add(event);
  }
  EXPECT_EQ(evaluate_ials(builder.build(), small_parameters(), 1, 1).error().code,
            ErrorCode::kFailedPrecondition);
}

TEST(FoldInScorer, GivesTheScoresOfTheFoldedInViewer) {
  models::IalsParameters parameters = small_parameters();
  parameters.rank = 1;
  parameters.unobserved_weight = 0.5F;
  parameters.regularization = 0;
  const auto model = models::FactorModel::make(ModelVersion("als_test"), parameters,
                                               {1, {"a", "b"}, {1.0F, 2.0F}}, {1, {"u"}, {0.0F}});
  std::vector<float> scores(2);
  ASSERT_TRUE(fold_in_scorer(*model)(std::vector<std::uint32_t>{0}, scores).ok());
  const float x = 1.0F / (0.5F * (1 + 4) + 1);  // w·y / (α₀ Σ y² + w·y²)
  EXPECT_NEAR(scores[0], x, 1e-6);
  EXPECT_NEAR(scores[1], 2 * x, 1e-6);
}

TEST(FoldInScorer, PassesOnAHistoryOutsideTheModel) {
  models::IalsParameters parameters;
  parameters.rank = 1;
  const auto model = models::FactorModel::make(ModelVersion("als_test"), parameters,
                                               {1, {"a"}, {1.0F}}, {1, {"u"}, {0.0F}});
  std::vector<float> scores(1);
  EXPECT_EQ(fold_in_scorer(*model)(std::vector<std::uint32_t>{9}, scores).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(ScoreUsers, PassesAScorersErrorOn) {
  const std::vector<HeldOutUser> users(20, {.history = {0}, .targets = {1}});
  const Scorer broken = [](std::span<const std::uint32_t>, std::span<float>) {
    return Result<void>(Error{ErrorCode::kUnavailable, "no scores today"});
  };
  const auto scores = score_users(users, 3, broken, 2);
  ASSERT_FALSE(scores.ok());
  EXPECT_EQ(scores.error().message, "no scores today");
}

TEST(PopularityScorer, CountsPositivesOfTraining) {
  const auto matrix = taste_world(50, 10, 2, 3);
  std::vector<float> scores(matrix.item_ids.size());
  ASSERT_TRUE(popularity_scorer(matrix)({}, scores).ok());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(scores[i], static_cast<float>(matrix.by_item.columns_of(i).size()));
  }
}

TEST(StrongGeneralizationReport, SaysTheSameInJsonAndInText) {
  StrongGeneralizationReport report;
  report.seed = 42;
  report.users = 9;
  report.ials = {"ials", {0.25, 0.01, 9}, {0.5, 0.02, 9}, {0.375, 0.01, 9}, 0.5};
  report.popularity = {"popularity", {0.125, 0.01, 9}, {0.25, 0.02, 9}, {0.2, 0.01, 9}, 0.0625};
  report.ndcg_100_gain = {0.175, 0.01, 9};
  JsonWriter json;
  report.to_json(json);
  const std::string text = json.text();
  EXPECT_NE(text.find(R"("seed":42)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("ials":{"recall_20":{"mean":0.25,"standard_error":0.01)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("coverage_20":0.0625)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("ndcg_100_gain":{"mean":0.175)"), std::string::npos) << text;
  for (const char* part : {"seed 42", "NDCG@100", "0.3750 ± 0.0196", "popularity", "0.1750"}) {
    EXPECT_NE(report.to_text().find(part), std::string::npos) << report.to_text();
  }
}

}  // namespace
}  // namespace marquee::evaluation
