// Goal: a model is on disk whole and reproducible, or it is not there.

#include "batch/train_stage.h"

#include <gtest/gtest.h>

#include "batch/batch_fixture.h"

namespace marquee::batch {
namespace {

TEST(NewVersion, IsTheMinuteOfTheRun) {
  World world;
  const auto version = new_version(world.objects, 1'735'869'600'000);  // 2025-01-03T02:00:00Z
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(version->value(), "als_20250103_0200");
}

TEST(NewVersion, NeverNamesAModelThatExists) {
  World world;
  const auto first = new_version(world.objects, world.clock.wall_ms());
  ASSERT_TRUE(train_stage(two_tastes(), *first, world.objects, world.clock, small_training()).ok());
  const auto second = new_version(world.objects, world.clock.wall_ms());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->value(), first->value() + "-2");
}

TEST(TrainStage, TheSameInputGivesTheSameBytes) {
  World world;
  const ModelVersion version("als_20250101_0000");
  const auto first =
      train_stage(two_tastes(), version, world.objects, world.clock, small_training());
  auto options = small_training();
  options.workers = 3;
  const auto second = train_stage(two_tastes(), version, world.objects, world.clock, options);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->files.size(), 3U);
  EXPECT_EQ(first->files, second->files);
}

TEST(TrainStage, TheStoredModelReadsBack) {
  World world;
  const ModelVersion version("als_20250101_0000");
  ASSERT_TRUE(
      train_stage(two_tastes(), version, world.objects, world.clock, small_training()).ok());
  const auto manifest = load_manifest(world.objects, version);
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->rows.users, 60U);
  EXPECT_EQ(manifest->rows.items, 40U);
  const auto model = load_model(world.objects, *manifest);
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->version(), version);
  EXPECT_EQ(model->parameters(), small_training().parameters);
  EXPECT_EQ(model->items().rows(), 40U);
}

TEST(TrainStage, TheNeighboursOfAFilmAreOfItsTaste) {
  World world;
  const ModelVersion version("als_20250101_0000");
  const auto manifest =
      train_stage(two_tastes(), version, world.objects, world.clock, small_training());
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
  const ModelVersion version("als_20250101_0000");
  auto manifest = *train_stage(two_tastes(), version, world.objects, world.clock, small_training());
  std::erase_if(manifest.files,
                [](const auto& file) { return file.key.ends_with("item_neighbors.parquet"); });
  const auto servable = load_servable(world.objects, manifest);
  ASSERT_TRUE(servable.ok()) << servable.error().message;
  EXPECT_TRUE(servable->neighbors.empty());
}

TEST(TrainStage, AFailedWriteLeavesNoModel) {
  World world;
  world.objects.fail_next_writes(1, Error{ErrorCode::kResourceExhausted, "disk full"});
  const auto trained = train_stage(two_tastes(), ModelVersion("als_20250101_0000"), world.objects,
                                   world.clock, small_training());
  ASSERT_FALSE(trained.ok());
  EXPECT_EQ(trained.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(stored_models(world.objects)->empty());
}

TEST(LoadModel, NamesTheFileThatDiffersFromItsManifest) {
  World world;
  const ModelVersion version("als_20250101_0000");
  const auto manifest =
      train_stage(two_tastes(), version, world.objects, world.clock, small_training());
  ASSERT_TRUE(manifest.ok());
  const std::string key = model_key(version, "item_factors.parquet");
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
