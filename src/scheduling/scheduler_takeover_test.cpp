// Goal: of several schedulers one acts, and when it dies, pauses or stops another goes on.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scheduling/pipeline.h"
#include "scheduling/scheduler.h"
#include "scheduling/scheduler_world_for_test.h"

namespace marquee::scheduling {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SchedulerTakeover = SchedulerTest;

TEST_F(SchedulerTakeover, StandsByWhileAnotherHoldsTheLease) {
  const auto first = world_.node("a");
  const auto second = world_.node("b");
  first->scheduler.step();
  second->scheduler.step();
  const auto refused = second->scheduler.trigger("batch", {});
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("scheduler a holds the lease until"));
  world_.clock.advance(hours(14));
  first->scheduler.step();  // renews
  second->scheduler.step();
  world_.settle(*first);
  EXPECT_THAT(world_.ids(), ElementsAre("2026-11-24"));
  EXPECT_TRUE(second->runner.started().empty());
}

TEST_F(SchedulerTakeover, TakesOverTheRunOfASchedulerThatWasPaused) {
  const auto first = world_.node("a");
  first->runner.succeed_by_default(false);
  first->scheduler.step();
  const std::string id = first->scheduler.trigger("batch", {})->id;
  first->scheduler.step();
  first->runner.end(0);
  first->scheduler.step();
  ASSERT_THAT(first->runner.names(), ElementsAre("archive", "train"));

  world_.clock.advance(world_.options.lease_ttl);
  const auto second = world_.node("b");
  world_.settle(*second);
  EXPECT_EQ(world_.run(id).status, RunStatus::kSucceeded);
  EXPECT_THAT(second->runner.names(),
              ElementsAre("train", "evaluate", "generate", "publish", "invalidate"));

  first->runner.print("a late line");
  first->runner.end(1);
  first->scheduler.step();
  EXPECT_EQ(first->runner.alive(), 0);
  EXPECT_EQ(world_.run(id).status, RunStatus::kSucceeded) << "the late end changes nothing";
  EXPECT_TRUE(world_.store.log(id, std::nullopt, 0, 9)->empty());
}

TEST_F(SchedulerTakeover, EndsItsStageWhenItHasLostTheLease) {
  const auto first = world_.node("a");
  first->runner.succeed_by_default(false);
  first->scheduler.step();
  ASSERT_TRUE(first->scheduler.trigger("batch", {}).ok());
  first->scheduler.step();
  ASSERT_EQ(first->runner.alive(), 1);
  world_.clock.advance(world_.options.lease_ttl);
  const auto second = world_.node("b");
  second->scheduler.step();
  first->scheduler.step();
  EXPECT_TRUE(first->runner.last().destroyed);
}

TEST_F(SchedulerTakeover, HandsItsRunBackWhenItStops) {
  auto first = world_.node("a");
  first->runner.succeed_by_default(false);
  first->scheduler.step();
  const std::string id = first->scheduler.trigger("batch", {})->id;
  first->scheduler.step();
  first->scheduler.stop();
  EXPECT_EQ(first->runner.last().terminations, 1);
  EXPECT_EQ(world_.run(id).status, RunStatus::kQueued);
  const auto second = world_.node("b");
  world_.settle(*second);
  EXPECT_EQ(world_.run(id).status, RunStatus::kSucceeded) << "the lease was free at once";
}

// Three schedulers are stepped, killed, paused and started in any order over two weeks.
RC_GTEST_PROP(SchedulerProperty, RunsEveryDateOnceWhateverBecomesOfSchedulers, ()) {
  World world;
  world.options.catch_up = CatchUp::kAll;
  world.options.catch_up_max = 100;
  world.options.execution.interruptions_max = 1'000'000;
  std::vector<std::unique_ptr<Node>> paused;  // killed ones never step again
  std::vector<std::unique_ptr<Node>> nodes(3);
  int named = 0;
  world.settle(*world.node("first"));
  for (int i = 0; i < 150; ++i) {
    auto& node = nodes[*rc::gen::inRange<std::size_t>(0, nodes.size())];
    const int what = *rc::gen::inRange(0, 12);
    if (node == nullptr) node = world.node("n" + std::to_string(named++));
    if (what == 0) {
      paused.push_back(std::move(node));
    } else if (what == 1) {
      node.reset();
    } else {
      node->scheduler.step();
    }
    world.clock.advance(minutes(*rc::gen::elementOf(std::vector<int>{0, 0, 0, 1, 60})));
  }
  nodes.clear();
  world.clock.advance(minutes(10));
  const auto last = world.node("last");
  const auto nights = static_cast<std::size_t>((world.clock.wall_ms() - at("2026-11-24T02:00")) /
                                               kMillisecondsPerDay);
  for (std::size_t i = 0; i < nights + 1; ++i) world.settle(*last);
  RC_ASSERT(world.ids().size() == nights);
  for (const std::string& id : world.ids()) {
    RC_ASSERT(world.run(id).status == RunStatus::kSucceeded);
    std::multiset<std::string> succeeded;
    const auto attempts = world.store.stages(id);
    for (const StageAttempt& attempt : *attempts) {
      RC_ASSERT(attempt.status != StageStatus::kRunning);
      if (attempt.status == StageStatus::kSucceeded) succeeded.insert(attempt.stage);
    }
    RC_ASSERT(succeeded == std::multiset<std::string>(kBatchStages.begin(), kBatchStages.end()));
  }
}

}  // namespace
}  // namespace marquee::scheduling
