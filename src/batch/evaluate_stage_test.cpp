// Goal: a model is measured beside popularity and beside the one in service, and the figures stay.

#include "batch/evaluate_stage.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "batch/batch_fixture.h"

namespace marquee::batch {
namespace {

double metric(const World& world, const ModelVersion& version, std::string_view name) {
  const auto manifest = load_manifest(world.objects, version);
  for (const auto& [known, value] : manifest->metrics) {
    if (known == name) return value;
  }
  ADD_FAILURE() << "no metric " << name;
  return 0;
}

TEST(EvaluateStage, PutsItsFiguresIntoTheManifest) {
  World world;
  const auto run = world.finished_run(two_tastes());
  EXPECT_EQ(metric(world, run.model_version, "held_out_users"), 6);
  EXPECT_GT(metric(world, run.model_version, "ials_ndcg_100"),
            metric(world, run.model_version, "popularity_ndcg_100"));
  EXPECT_TRUE(publish_stage(world.ports(), run.model_version).ok());
}

TEST(EvaluateStage, TheSameParametersHaveNoGain) {
  World world;
  const TrainingInput input = two_tastes();
  ASSERT_TRUE(publish_stage(world.ports(), world.finished_model(input)).ok());
  const auto run = world.finished_run(input);
  EXPECT_EQ(metric(world, run.model_version, kGainLow), 0);
  EXPECT_EQ(metric(world, run.model_version, kGainHigh), 0);
  EXPECT_EQ(metric(world, run.model_version, kBaselineNdcg),
            metric(world, run.model_version, kCandidateNdcg));
}

TEST(EvaluateStage, ComparesWithTheParametersInServiceViewerByViewer) {
  World world;
  const TrainingInput input = two_tastes();
  ASSERT_TRUE(publish_stage(world.ports(), world.finished_model(input)).ok());
  auto run = small_run("als_20250102_0000");
  run.baseline = *world.registry.current();
  for (auto& [name, value] : run.parameters) {
    if (name == "regularization") value = 900;  // every vector shrinks to nothing
  }
  ASSERT_TRUE(train_stage(input, run, world.objects, {}).ok());
  const auto report = evaluate_stage(input, run, world.objects, 2);
  ASSERT_TRUE(report.ok() && report->gain.has_value());
  EXPECT_LT(report->gain->mean, 0);
  EXPECT_EQ(report->gain->users, report->quality->users);
}

TEST(EvaluateStage, TheModelItselfKnowsTheViewersItIsMeasuredOn) {
  World world;
  const auto run = world.finished_run(two_tastes());
  EXPECT_GE(metric(world, run.model_version, kArtifactNdcg),
            metric(world, run.model_version, kCandidateNdcg));
  EXPECT_GE(metric(world, run.model_version, kArtifactGainHigh), 0);
}

TEST(EvaluateStage, ARepeatGivesTheSameBytes) {
  World world;
  const TrainingInput input = two_tastes();
  ASSERT_TRUE(publish_stage(world.ports(), world.finished_model(input)).ok());
  const auto run = world.finished_run(input);
  const auto before = world.all_objects();
  ASSERT_TRUE(evaluate_stage(input, run, world.objects, 3).ok());
  EXPECT_EQ(world.all_objects(), before);
}

TEST(EvaluateStage, SaysThatTooFewViewersWereNotMeasured) {
  World world;
  const TrainingInput input = two_tastes(1);
  const auto run = small_run();
  ASSERT_TRUE(train_stage(input, run, world.objects, {}).ok());
  const auto report = evaluate_stage(input, run, world.objects, 1);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->quality.has_value());
  EXPECT_NE(report->not_measured, "");
  EXPECT_EQ(metric(world, run.model_version, "held_out_users"), 0);
}

TEST(EvaluateStage, ABaselineThatIsGoneIsNothingToCompareWith) {
  World world;
  const TrainingInput input = two_tastes();
  auto run = small_run();
  run.baseline = ModelVersion("als_20240101_0000");
  ASSERT_TRUE(train_stage(input, run, world.objects, {}).ok());
  const auto report = evaluate_stage(input, run, world.objects, 1);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->quality.has_value());
  EXPECT_FALSE(report->gain.has_value());
}

TEST(EvaluateStage, ADamagedModelIsNotMeasured) {
  World world;
  const auto run = small_run();
  ASSERT_TRUE(train_stage(two_tastes(), run, world.objects, {}).ok());
  const std::string key = model_key(run.model_version, "user_factors.parquet");
  auto bytes = *world.objects.get(key);
  bytes.resize(bytes.size() / 2);
  ASSERT_TRUE(world.objects.put(key, bytes).ok());
  const auto report = evaluate_stage(two_tastes(), run, world.objects, 1);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace marquee::batch
