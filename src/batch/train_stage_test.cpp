// Goal: a model is on disk whole and reproducible, or it is not there.

#include "batch/train_stage.h"

#include <gtest/gtest.h>

#include "batch/batch_fixture.h"

namespace marquee::batch {
namespace {

TEST(TrainStage, TheSameRunGivesTheSameBytes) {
  World world;
  const auto first = train_stage(two_tastes(), small_run(), world.objects, {});
  ASSERT_TRUE(first.ok());
  const auto before = world.all_objects();
  const auto second = train_stage(two_tastes(), small_run(), world.objects, {.workers = 3});
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(first->files.size(), 3U);
  EXPECT_EQ(first->files, second->files);
  EXPECT_EQ(world.all_objects(), before);
}

TEST(TrainStage, ARepeatKeepsWhatLaterStagesAdded) {
  World world;
  const TrainingInput input = two_tastes();
  const auto run = world.finished_run(input);
  const auto before = world.all_objects();
  ASSERT_TRUE(train_stage(input, run, world.objects, {}).ok());
  EXPECT_EQ(world.all_objects(), before);
}

TEST(TrainStage, AModelOfOtherInputDropsWhatLaterStagesAddedToTheOld) {
  World world;
  const auto run = world.finished_run(two_tastes());
  ASSERT_TRUE(train_stage(two_tastes(40), run, world.objects, {}).ok());
  const auto manifest = load_manifest(world.objects, run.model_version);
  EXPECT_EQ(manifest->files.size(), 3U);
  EXPECT_TRUE(manifest->metrics.empty());
}

TEST(TrainStage, TheStoredModelReadsBack) {
  World world;
  ASSERT_TRUE(train_stage(two_tastes(), small_run(), world.objects, {}).ok());
  const auto manifest = load_manifest(world.objects, small_run().model_version);
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->rows.users, 60U);
  EXPECT_EQ(manifest->rows.items, 40U);
  const auto model = load_model(world.objects, *manifest);
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->version(), small_run().model_version);
  EXPECT_EQ(model->parameters(), parameters_of(small_run()));
  EXPECT_EQ(model->items().rows(), 40U);
}

TEST(TrainStage, TheNeighboursOfAFilmAreOfItsTaste) {
  World world;
  const auto manifest = train_stage(two_tastes(), small_run(), world.objects, {});
  ASSERT_TRUE(manifest.ok());
  const auto servable = load_servable(world.objects, *manifest);
  ASSERT_TRUE(servable.ok()) << servable.error().message;
  const auto alike = servable->neighbors.of(*servable->model.item_row("m004"));
  ASSERT_GE(alike.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(alike[i].row % 2, 0U) << "an even film is like even films";
  }
}

TEST(LoadServable, AModelOfAnEarlierProgramHasNoNeighbours) {
  World world;
  auto manifest = *train_stage(two_tastes(), small_run(), world.objects, {});
  std::erase_if(manifest.files,
                [](const auto& file) { return file.key.ends_with("item_neighbors.parquet"); });
  const auto servable = load_servable(world.objects, manifest);
  ASSERT_TRUE(servable.ok()) << servable.error().message;
  EXPECT_TRUE(servable->neighbors.empty());
}

TEST(TrainStage, AFailedWriteLeavesNoModel) {
  World world;
  world.objects.fail_next_writes(1, Error{ErrorCode::kResourceExhausted, "disk full"});
  const auto trained = train_stage(two_tastes(), small_run(), world.objects, {});
  ASSERT_FALSE(trained.ok());
  EXPECT_EQ(trained.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(stored_models(world.objects)->empty());
}

TEST(LoadModel, NamesTheFileThatDiffersFromItsManifest) {
  World world;
  const auto manifest = train_stage(two_tastes(), small_run(), world.objects, {});
  ASSERT_TRUE(manifest.ok());
  const std::string key = model_key(small_run().model_version, "item_factors.parquet");
  auto bytes = *world.objects.get(key);
  bytes[bytes.size() / 2] ^= std::byte{1};
  ASSERT_TRUE(world.objects.put(key, bytes).ok());
  const auto model = load_model(world.objects, *manifest);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(model.error().message.find(key), std::string::npos);
}

}  // namespace
}  // namespace marquee::batch
