// Goal: operators can start, cancel and retry runs, and what cannot be done is refused.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduling/pipeline.h"
#include "scheduling/scheduler.h"
#include "scheduling/scheduler_world_for_test.h"

namespace marquee::scheduling {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SchedulerOperators = SchedulerTest;

TEST_F(SchedulerOperators, QueuesARunByHand) {
  const auto node = world_.node();
  node->scheduler.step();
  const auto run = node->scheduler.trigger("batch", {});
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->id, "manual-20261124T120000Z");
  EXPECT_EQ(run->logical_date, "2026-11-23");
  EXPECT_EQ(run->status, RunStatus::kQueued);
  EXPECT_EQ(run->trigger, RunTrigger::kManual);
  world_.settle(*node);
  EXPECT_EQ(world_.run(run->id).status, RunStatus::kSucceeded);
  EXPECT_EQ(node->runner.started().size(), kBatchStages.size());
  EXPECT_EQ(node->scheduler.trigger("batch", {})->id, "manual-20261124T120000Z-2");
}

TEST_F(SchedulerOperators, TakesALogicalDateForABackfill) {
  const auto node = world_.node();
  node->scheduler.step();
  const auto run = node->scheduler.trigger("batch", {.logical_date = "2026-01-31"});
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->params, R"({"logical_date":"2026-01-31"})");
  world_.settle(*node);
  EXPECT_EQ(node->runner.last().order.logical_date, "2026-01-31");
}

TEST_F(SchedulerOperators, RefusesWhatItCannotStart) {
  const auto node = world_.node();
  node->scheduler.step();
  EXPECT_EQ(node->scheduler.trigger("other", {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(node->scheduler.trigger("batch", {.logical_date = "2026-02-30"}).error().code,
            ErrorCode::kInvalidArgument);
  ASSERT_TRUE(node->scheduler.trigger("batch", {}).ok());
  const auto second = node->scheduler.trigger("batch", {});
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("manual-20261124T120000Z"));
  EXPECT_EQ(world_.ids().size(), 1U);
}

TEST_F(SchedulerOperators, LetsTheNightWaitForARunByHand) {
  const auto node = world_.node();
  node->runner.succeed_by_default(false);
  node->scheduler.step();
  ASSERT_TRUE(node->scheduler.trigger("batch", {}).ok());
  node->scheduler.step();
  world_.clock.advance(hours(14));
  node->scheduler.step();
  EXPECT_EQ(world_.ids().size(), 1U);
  node->runner.succeed_by_default();
  node->runner.end(0);
  world_.settle(*node);
  world_.settle(*node);
  EXPECT_THAT(world_.ids(), ElementsAre("manual-20261124T120000Z", "2026-11-24"));
}

TEST_F(SchedulerOperators, CancelsARunBeforeAndWhileItRuns) {
  const auto node = world_.node();
  node->runner.succeed_by_default(false);
  node->scheduler.step();
  const auto queued = node->scheduler.trigger("batch", {});
  ASSERT_TRUE(node->scheduler.cancel(queued->id).ok());
  world_.settle(*node);
  EXPECT_EQ(world_.run(queued->id).status, RunStatus::kCancelled);
  EXPECT_TRUE(node->runner.started().empty());

  const auto running = node->scheduler.trigger("batch", {});
  node->scheduler.step();
  const auto cancelled = node->scheduler.cancel(running->id);
  ASSERT_TRUE(cancelled.ok());
  EXPECT_TRUE(cancelled->cancel_requested);
  EXPECT_EQ(node->runner.last().terminations, 1);
  world_.settle(*node);
  EXPECT_EQ(world_.run(running->id).status, RunStatus::kCancelled);
  EXPECT_EQ(node->scheduler.cancel(running->id).error().code, ErrorCode::kConflict);
  EXPECT_EQ(node->scheduler.cancel("nobody").error().code, ErrorCode::kNotFound);
}

TEST_F(SchedulerOperators, RetriesAFailedRunFromTheStageThatFailed) {
  const auto node = world_.node();
  node->runner.plan("evaluate", {2});
  node->scheduler.step();
  const std::string id = node->scheduler.trigger("batch", {})->id;
  world_.settle(*node);
  ASSERT_EQ(world_.run(id).status, RunStatus::kFailed);
  const auto retried = node->scheduler.retry(id);
  ASSERT_TRUE(retried.ok());
  EXPECT_EQ(retried->status, RunStatus::kQueued);
  EXPECT_EQ(retried->trigger, RunTrigger::kRetry);
  EXPECT_EQ(retried->detail, "");
  EXPECT_FALSE(retried->ended_at_ms);
  world_.settle(*node);
  EXPECT_EQ(world_.run(id).status, RunStatus::kSucceeded);
  EXPECT_THAT(node->runner.names(), ElementsAre("archive", "train", "evaluate", "evaluate",
                                                "generate", "publish", "invalidate"));
  EXPECT_EQ(node->scheduler.retry(id).error().code, ErrorCode::kConflict) << "it succeeded";
  EXPECT_EQ(node->scheduler.retry("nobody").error().code, ErrorCode::kNotFound);
}

TEST_F(SchedulerOperators, DoesNotRetryWhatTheGateRefused) {
  const auto node = world_.node();
  node->runner.plan("evaluate", {3});
  node->scheduler.step();
  const std::string id = node->scheduler.trigger("batch", {})->id;
  world_.settle(*node);
  EXPECT_EQ(world_.run(id).status, RunStatus::kRefused);
  EXPECT_EQ(node->scheduler.retry(id).error().code, ErrorCode::kConflict);
}

TEST_F(SchedulerOperators, RetriesACancelledRunWithAllItsRetries) {
  const auto node = world_.node();
  node->runner.succeed_by_default(false);
  node->scheduler.step();
  const std::string id = node->scheduler.trigger("batch", {})->id;
  node->scheduler.step();
  ASSERT_TRUE(node->scheduler.cancel(id).ok());
  world_.settle(*node);
  node->runner.succeed_by_default();
  ASSERT_TRUE(node->scheduler.retry(id).ok());
  world_.settle(*node);
  EXPECT_EQ(world_.run(id).status, RunStatus::kSucceeded);
  EXPECT_FALSE(world_.run(id).cancel_requested);
}

}  // namespace
}  // namespace marquee::scheduling
