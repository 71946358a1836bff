// Goal: whoever finds a generation in service finds its vectors, too.

#include <gtest/gtest.h>

#include "batch/batch_fixture.h"

namespace marquee::batch {
namespace {

const Error kFull{ErrorCode::kResourceExhausted, "the disk is full"};

/// A registry that looks, at each flip, whether the vectors are there.
class WatchedRegistry final : public ModelRegistry {
 public:
  explicit WatchedRegistry(World& world) : world_(world) {}

  Result<void> add(const ModelRecord& model) override { return world_.registry.add(model); }
  Result<void> promote(const ModelVersion& version, std::int64_t now_ms) override {
    EXPECT_FALSE(world_.factors.vectors(version).empty()) << version.value();
    return world_.registry.promote(version, now_ms);
  }
  Result<std::vector<ModelRecord>> list() const override { return world_.registry.list(); }
  Result<std::optional<ModelVersion>> current() const override { return world_.registry.current(); }
  Result<std::optional<ModelVersion>> previous() const override {
    return world_.registry.previous();
  }

 private:
  World& world_;
};

std::vector<ModelVersion> present(const World& world) {
  std::vector<ModelVersion> versions;
  const auto generations = world.factors.generations();
  for (const auto& each : *generations) versions.push_back(each.generation);
  return versions;
}

TEST(PublishFactors, WritesEveryFilmsVectorAsTheModelHasIt) {
  World world;
  const auto model = publish_stage(world.ports_with_factors(), world.finished_model(two_tastes()));
  ASSERT_TRUE(model.ok()) << model.error().message;
  const auto vectors = world.factors.vectors(model->model.version());
  const models::FactorTable& items = model->model.items();
  ASSERT_EQ(vectors.size(), items.rows());
  for (std::size_t row = 0; row < items.rows(); ++row) {
    const auto wanted = items.row(row);
    EXPECT_EQ(vectors.at(MovieId(items.ids[row])),
              std::vector<float>(wanted.begin(), wanted.end()));
  }
}

TEST(PublishFactors, WritesThemBeforeTheFlipAndBeforeTheWayBack) {
  World world;
  WatchedRegistry registry(world);
  PublishPorts watched = world.ports_with_factors();
  const PublishPorts ports{watched.objects, watched.feed,  registry,
                           watched.catalog, watched.clock, watched.keep_generations,
                           watched.factors, true};
  const ModelVersion first = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports(), first).ok()) << "the setting is not on yet";
  ASSERT_TRUE(publish_stage(ports, world.finished_model(two_tastes())).ok());
  ASSERT_TRUE(rollback(ports).ok());
  EXPECT_EQ(*world.registry.current(), first);
}

TEST(PublishFactors, AModelWhoseVectorsCannotBeWrittenStaysOutOfService) {
  World world;
  const ModelVersion good = world.finished_model(two_tastes());
  ASSERT_TRUE(publish_stage(world.ports_with_factors(), good).ok());
  const ModelVersion next = world.finished_model(two_tastes());
  world.factors.fail_next_writes(1, kFull);
  const auto published = publish_stage(world.ports_with_factors(), next);
  ASSERT_FALSE(published.ok());
  EXPECT_NE(published.error().message.find("the disk is full"), std::string::npos);
  EXPECT_EQ(*world.registry.current(), good);
  EXPECT_TRUE(publish_stage(world.ports_with_factors(), next).ok()) << "it can be tried again";
}

TEST(PublishFactors, DropsVectorsWithTheListsOfTheirGeneration) {
  World world;
  std::vector<ModelVersion> versions;
  for (int i = 0; i < 4; ++i) {
    versions.push_back(world.finished_model(two_tastes()));
    ASSERT_TRUE(publish_stage(world.ports_with_factors(), versions.back()).ok());
    EXPECT_EQ(present(world), *world.feed.generations());
  }
  EXPECT_EQ(present(world), (std::vector<ModelVersion>{versions[2], versions[3]}));
}

TEST(PublishFactors, VectorsThatNobodySearchesAnyMoreGoWithTheirLists) {
  World world;
  ASSERT_TRUE(publish_stage(world.ports_with_factors(), world.finished_model(two_tastes())).ok());
  PublishPorts turned_off = world.ports_with_factors();
  turned_off.writes_factors = false;
  ASSERT_TRUE(publish_stage(turned_off, world.finished_model(two_tastes())).ok());
  EXPECT_EQ(present(world).size(), 1U) << "a rollback may go there";
  ASSERT_TRUE(publish_stage(turned_off, world.finished_model(two_tastes())).ok());
  EXPECT_TRUE(present(world).empty());
}

TEST(PublishFactors, BringsTheVectorsOfAnOldModelBackWithIt) {
  World world;
  std::vector<ModelVersion> versions;
  for (int i = 0; i < 4; ++i) {
    versions.push_back(world.finished_model(two_tastes()));
    ASSERT_TRUE(publish_stage(world.ports_with_factors(), versions.back()).ok());
  }
  ASSERT_TRUE(world.factors.vectors(versions[0]).empty());
  ASSERT_TRUE(publish_stage(world.ports_with_factors(), versions[0]).ok());
  EXPECT_FALSE(world.factors.vectors(versions[0]).empty());
  EXPECT_FALSE(world.factors.vectors(versions[3]).empty()) << "a rollback goes there";
}

TEST(PublishFactors, ARollbackWritesNothingThatIsThere) {
  World world;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(publish_stage(world.ports_with_factors(), world.finished_model(two_tastes())).ok());
  }
  const int before = world.factors.writes();
  ASSERT_TRUE(rollback(world.ports_with_factors()).ok());
  EXPECT_EQ(world.factors.writes(), before);
}

}  // namespace
}  // namespace marquee::batch
