// Goal: every logical date runs once and one run at a time, whatever the clock and the store do.

#include "scheduling/scheduler.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduling/pipeline.h"
#include "scheduling/scheduler_world_for_test.h"

namespace marquee::scheduling {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;

TEST_F(SchedulerTest, RunsTheNightOnceWhenItIsDue) {
  const auto node = world_.node();
  world_.settle(*node);
  world_.clock.advance(hours(14) - minutes(1));
  world_.settle(*node);
  EXPECT_TRUE(world_.ids().empty()) << "01:59";
  world_.clock.advance(minutes(1));
  world_.settle(*node);
  EXPECT_THAT(world_.ids(), ElementsAre("2026-11-24"));
  const marquee::Run run = world_.run("2026-11-24");
  EXPECT_EQ(run.status, RunStatus::kSucceeded);
  EXPECT_EQ(run.trigger, RunTrigger::kScheduled);
  EXPECT_EQ(run.logical_date, "2026-11-24");
  EXPECT_EQ(run.due_at_ms, at("2026-11-25T02:00"));
  world_.clock.advance(minutes(1));
  world_.settle(*node);
  EXPECT_EQ(world_.ids().size(), 1U);
  world_.clock.advance(hours(24));
  world_.settle(*node);
  EXPECT_THAT(world_.ids(), ElementsAre("2026-11-24", "2026-11-25"));
}

TEST_F(SchedulerTest, BeginsWithTheNextTickOnANewDirectory) {
  const auto node = world_.node();
  world_.settle(*node);
  EXPECT_TRUE(world_.ids().empty()) << "nothing before its first start was missed";
}

TEST_F(SchedulerTest, CatchesUpAsItsPolicySays) {
  const std::vector<std::pair<CatchUp, std::vector<std::string>>> table{
      {CatchUp::kNone, {}},
      {CatchUp::kLatest, {"2026-11-27"}},
      {CatchUp::kAll, {"2026-11-25", "2026-11-26", "2026-11-27"}}};
  for (const auto& [policy, wanted] : table) {
    World world;
    world.options.catch_up = policy;
    world.options.catch_up_max = 3;
    world.settle(*world.node());
    world.clock.advance(hours(4 * 24));  // no scheduler meanwhile; it is noon again
    const auto node = world.node();
    for (int i = 0; i < 5; ++i) world.settle(*node);
    EXPECT_EQ(world.ids(), wanted);
  }
}

TEST_F(SchedulerTest, DoesNotRunADateAgainWhenTheScheduleIsMoved) {
  world_.settle(*world_.node());
  world_.clock.advance(hours(14));
  world_.settle(*world_.node());
  world_.options.cron = Cron::parse("0 3 * * *").value();
  world_.clock.advance(hours(1));
  world_.settle(*world_.node());
  EXPECT_THAT(world_.ids(), ElementsAre("2026-11-24"));
}

TEST_F(SchedulerTest, GoesOnWhenTheClockIsSetBackByDays) {
  world_.settle(*world_.node());
  world_.clock.jump_wall(-hours(24 * 30));
  const auto node = world_.node();
  world_.settle(*node);
  world_.clock.advance(hours(14));
  world_.settle(*node);
  EXPECT_THAT(world_.ids(), ElementsAre("2026-10-25"));
}

TEST_F(SchedulerTest, RunsOnlyWhatItIsToldWithoutASchedule) {
  world_.options.cron.reset();
  const auto node = world_.node();
  world_.settle(*node);
  world_.clock.advance(hours(48));
  world_.settle(*node);
  EXPECT_TRUE(world_.ids().empty());
  EXPECT_TRUE(node->scheduler.trigger("batch", {}).ok());
  world_.settle(*node);
  EXPECT_EQ(world_.ids().size(), 1U);
}

TEST_F(SchedulerTest, SurvivesAStoreThatIsAway) {
  const auto node = world_.node();
  world_.settle(*node);
  world_.clock.advance(hours(14));
  for (int i = 0; i < 20; ++i) {
    world_.store.fail_next(1, Error{ErrorCode::kUnavailable, "the store is away"});
    node->scheduler.step();
    node->scheduler.step();
  }
  world_.store.fail_next(0, {});
  world_.settle(*node);
  EXPECT_THAT(world_.ids(), ElementsAre("2026-11-24"));
  EXPECT_EQ(world_.run("2026-11-24").status, RunStatus::kSucceeded);
}

TEST_F(SchedulerTest, CountsRunsByTheirEnd) {
  const auto node = world_.node();
  node->runner.plan("train", {3});
  node->scheduler.step();
  ASSERT_TRUE(node->scheduler.trigger("batch", {}).ok());
  world_.settle(*node);
  ASSERT_TRUE(node->scheduler.trigger("batch", {}).ok());
  world_.settle(*node);
  world_.clock.advance(seconds(90));
  node->scheduler.step();
  EXPECT_EQ(node->ended("refused"), 1);
  EXPECT_EQ(node->ended("succeeded"), 1);
  EXPECT_EQ(node->metrics.samples("marquee_run_last_success_age_seconds").front().value, 90);
}

TEST_F(SchedulerTest, KeepsTheNewestRuns) {
  world_.options.keep_runs = 2;
  const auto node = world_.node();
  node->scheduler.step();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(node->scheduler.trigger("batch", {}).ok());
    world_.settle(*node);
    world_.clock.advance(seconds(1));
  }
  EXPECT_THAT(world_.ids(), ElementsAre("manual-20261124T120002Z", "manual-20261124T120003Z"));
}

/// Tells when the last stage is started, from the scheduler's own thread.
class SignallingRunner final : public StageRunner {
 public:
  Result<std::unique_ptr<RunningStage>> start(const StageOrder& order) override {
    if (order.stage == kBatchStages.back()) reached_.set_value();
    return runner_.start(order);
  }
  std::future<void> reached() { return reached_.get_future(); }
  ScriptedRunner& script() { return runner_; }

 private:
  ScriptedRunner runner_;
  std::promise<void> reached_;
};

TEST_F(SchedulerTest, StepsFromItsOwnThreadAndWakesForATrigger) {
  SignallingRunner runner;
  runner.script().succeed_by_default();
  telemetry::Metrics metrics;
  world_.options.holder = "a";
  Scheduler scheduler({world_.store, runner, world_.clock, metrics}, world_.options);
  auto reached = runner.reached();
  scheduler.start();
  const auto run = scheduler.trigger("batch", {});
  ASSERT_TRUE(run.ok()) << "it holds the lease already";
  EXPECT_EQ(reached.wait_for(seconds(60)), std::future_status::ready);
  scheduler.stop();
  const RunStatus status = world_.run(run->id).status;
  EXPECT_TRUE(status == RunStatus::kSucceeded || status == RunStatus::kQueued);
}

}  // namespace
}  // namespace marquee::scheduling
