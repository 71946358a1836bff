// Goal: the pointer moves to whole, verified generations only, and back.

#include "batch/publish_stage.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "batch/batch_fixture.h"

namespace marquee::batch {
namespace {

TEST(GenerateStage, ListsHoldWhatTheTasteSuggestsAndNothingSeen) {
  World world;
  const TrainingInput input = two_tastes();
  const ModelVersion version = world.finished_model(input);
  ASSERT_TRUE(publish_stage(world.ports(), version).ok());
  const auto list = world.feed.find(version, UserId("u000"));
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 5U);
  for (const ScoredMovie& movie : *list) {
    const int number = std::stoi(movie.movie_id.value().substr(1));
    EXPECT_EQ(number % 2, 0) << "an even viewer likes even films";
    EXPECT_GE(number, 28) << "films 0 to 26 are seen";
  }
}

TEST(GenerateStage, TheFileDoesNotDependOnHowManyViewersAreMadeAtOnce) {
  World world;
  const TrainingInput input = two_tastes();
  const ModelVersion version = world.finished_model(input);
  const std::string key = world.objects.list("batch-recs-history/")->front();
  const auto at_once = *world.objects.get(key);
  for (const std::size_t viewers : {1U, 7U, 60U, 1'000U}) {
    ASSERT_TRUE(world.objects.remove(key).ok());
    const auto lists = generate_stage(input, *load_manifest(world.objects, version), world.objects,
                                      {.top_n = 5, .workers = 2, .viewers_at_once = viewers});
    EXPECT_EQ(*lists, 60U);
    EXPECT_EQ(*world.objects.get(key), at_once) << viewers;
  }
}

TEST(PublishStage, MakesTheModelCurrentAndItsListsReadable) {
  World world;
  const ModelVersion version = world.finished_model(two_tastes());
  const auto model = publish_stage(world.ports(), version);
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->model.version(), version);
  EXPECT_EQ(*world.registry.current(), version);
  EXPECT_EQ(world.feed.find(version, UserId("u001"))->size(), 5U);
}

TEST(PublishStage, RefusesAModelWithoutLists) {
  World world;
  const auto run = small_run();
  ASSERT_TRUE(train_stage(two_tastes(), run, world.objects, {}).ok());
  const auto published = publish_stage(world.ports(), run.model_version);
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().code, ErrorCode::kRefused);
  EXPECT_FALSE(world.registry.current()->has_value());
}

TEST(PublishStage, RefusesAModelThatCoversFarFewerViewers) {
  World world;
  const ModelVersion good = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), good).ok());
  const ModelVersion small = world.finished_model(two_tastes(20));
  const auto published = publish_stage(world.ports(), small);
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().code, ErrorCode::kRefused);
  EXPECT_EQ(*world.registry.current(), good);
  const auto before_lists = check_evaluated(world.objects, world.registry, small);
  ASSERT_FALSE(before_lists.ok());
  EXPECT_EQ(before_lists.error().code, ErrorCode::kRefused);
  EXPECT_TRUE(check_evaluated(world.objects, world.registry, good).ok()) << "it has served";
}

TEST(PublishStage, RefusesAFirstModelWhoseFilmsTheCatalogueLacks) {
  World world;
  TrainingInput other = two_tastes();
  for (std::size_t i = 0; i < other.matrix.item_ids.size(); i += 2) {
    other.matrix.item_ids[i].insert(0, "a-");
  }
  std::sort(other.matrix.item_ids.begin(), other.matrix.item_ids.end());
  EXPECT_TRUE(publish_stage(world.ports(), world.finished_model(other)).ok()) << "half is known";
  World strange;
  for (std::string& id : other.matrix.item_ids) id.insert(0, "a-");
  const auto published = publish_stage(strange.ports(), strange.finished_model(other));
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().code, ErrorCode::kRefused);
  EXPECT_NE(published.error().message.find("only 0 of the 40 films"), std::string::npos);
  EXPECT_FALSE(strange.registry.current()->has_value());
}

TEST(PublishStage, RefusesAModelOfAnotherCatalogue) {
  World world;
  world.add_films("other-");
  const ModelVersion good = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), good).ok());
  TrainingInput other = two_tastes();
  for (std::string& id : other.matrix.item_ids) id = "other-" + id;
  const ModelVersion stranger = world.finished_model(other);
  const auto published = publish_stage(world.ports(), stranger);
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().code, ErrorCode::kRefused);
  EXPECT_NE(published.error().message.find("another catalogue"), std::string::npos);
  EXPECT_EQ(*world.registry.current(), good);
}

TEST(PublishStage, ADamagedModelInServiceKeepsNoWholeOneOut) {
  World world;
  const ModelVersion old = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), old).ok());
  ASSERT_TRUE(world.objects.remove(model_key(old, "item_factors.parquet")).ok());
  const ModelVersion next = world.finished_model(two_tastes());
  const auto published = publish_stage(world.ports(), next);
  EXPECT_TRUE(published.ok()) << published.error().message;
}

TEST(PublishStage, AnyFailureBeforeTheFlipKeepsTheModelInService) {
  World world;
  const ModelVersion good = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), good).ok());
  const ModelVersion next = world.finished_model(two_tastes());
  world.feed.fail_next_writes(1, Error{ErrorCode::kResourceExhausted, "disk full"});
  EXPECT_FALSE(publish_stage(world.ports(), next).ok());
  EXPECT_EQ(*world.registry.current(), good);
  world.registry.fail_next_writes(1, Error{ErrorCode::kUnavailable, "away"});
  EXPECT_FALSE(publish_stage(world.ports(), next).ok());
  EXPECT_EQ(*world.registry.current(), good);
  EXPECT_TRUE(publish_stage(world.ports(), next).ok());
  EXPECT_EQ(*world.registry.current(), next);
}

TEST(PublishStage, RefusesDamagedLists) {
  World world;
  const ModelVersion version = world.finished_model(two_tastes());
  const auto keys = world.objects.list("batch-recs-history/");
  ASSERT_EQ(keys->size(), 1U);
  auto bytes = *world.objects.get(keys->front());
  bytes.resize(bytes.size() - 1);
  ASSERT_TRUE(world.objects.put(keys->front(), bytes).ok());
  const auto published = publish_stage(world.ports(), version);
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().code, ErrorCode::kDataLoss);
}

TEST(PublishStage, KeepsTheGenerationsARollbackNeedsAndDropsOlderOnes) {
  World world;
  std::vector<ModelVersion> versions;
  for (int i = 0; i < 4; ++i) {
    versions.push_back(world.finished_model(two_tastes()));
    ASSERT_TRUE(publish_stage(world.ports(), versions.back()).ok());
  }
  const auto kept = world.feed.generations();
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_TRUE(world.feed.find(versions[0], UserId("u000"))->empty());
  EXPECT_FALSE(world.feed.find(versions[2], UserId("u000"))->empty());
}

TEST(Rollback, GoesBackOneModelAndForthAgain) {
  World world;
  EXPECT_EQ(rollback(world.ports()).error().code, ErrorCode::kFailedPrecondition);
  const ModelVersion first = world.finished_model(two_tastes());
  const ModelVersion second = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), first).ok());
  ASSERT_TRUE(publish_stage(world.ports(), second).ok());
  EXPECT_EQ(rollback(world.ports())->model.version(), first);
  EXPECT_EQ(*world.registry.current(), first);
  EXPECT_EQ(rollback(world.ports())->model.version(), second);
}

TEST(Rollback, NeedsNoGateForAModelThatHasServed) {
  World world;
  const ModelVersion small = world.finished_model(two_tastes(20));
  ASSERT_TRUE(publish_stage(world.ports(), small).ok());
  const ModelVersion large = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), large).ok());
  EXPECT_TRUE(publish_stage(world.ports(), small).ok())
      << "covers a third, and an operator says so";
  EXPECT_EQ(*world.registry.current(), small);
}

}  // namespace
}  // namespace marquee::batch
