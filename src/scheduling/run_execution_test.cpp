// Goal: a run goes through its stages in order, each end of a stage means what the process contract
// says.

#include "scheduling/run_execution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduling/pipeline.h"
#include "scheduling/run_world_for_test.h"

namespace marquee::scheduling {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

class RunExecutionTest : public ::testing::Test {
 protected:
  RunWorld world_;
};

TEST_F(RunExecutionTest, TakesEveryStageInOrderUnderOneRunId) {
  world_.runner.succeed_by_default();
  world_.begin();
  EXPECT_EQ(world_.run().status, RunStatus::kRunning);
  EXPECT_EQ(world_.run().started_at_ms, world_.clock.wall_ms());
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAreArray(kBatchStages));
  for (const auto& stage : world_.runner.started()) {
    EXPECT_EQ(stage->order.run_id, "2024-12-31");
    EXPECT_EQ(stage->order.logical_date, "2024-12-31");
    EXPECT_EQ(stage->order.pipeline, "batch");
  }
  EXPECT_EQ(world_.run().status, RunStatus::kSucceeded);
  EXPECT_EQ(world_.run().ended_at_ms, world_.last().ended_at_ms);
  for (const StageAttempt& attempt : world_.stages()) {
    EXPECT_EQ(attempt.status, StageStatus::kSucceeded);
    EXPECT_EQ(attempt.attempt, 1);
    EXPECT_EQ(attempt.exit_code, 0);
    EXPECT_TRUE(attempt.ended_at_ms.has_value());
  }
}

TEST_F(RunExecutionTest, ARunThatAnotherHasBegunIsLeftToIt) {
  world_.runner.succeed_by_default();
  world_.runner.plan("archive", {kExitTaken});
  world_.begin();
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive")) << "not tried again";
  EXPECT_EQ(world_.last().status, StageStatus::kCancelled);
  EXPECT_EQ(world_.run().status, RunStatus::kCancelled);
  EXPECT_THAT(world_.run().detail, HasSubstr("exit code 5"));
}

TEST_F(RunExecutionTest, WaitsForAStageThatRuns) {
  world_.begin();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(world_.advance());
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive"));
  EXPECT_EQ(world_.last().status, StageStatus::kRunning);
  world_.runner.end(0);
  EXPECT_FALSE(world_.advance());
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive", "train"));
}

TEST_F(RunExecutionTest, KeepsWhatStagesPrintWhileTheyRunAndAtTheirEnd) {
  world_.begin();
  EXPECT_FALSE(world_.advance());
  world_.runner.print("one");
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.store.log("2024-12-31", "archive", 0, 9)->size(), 1U) << "seen at once";
  world_.runner.print("two");
  world_.runner.end(0);
  EXPECT_FALSE(world_.advance());
  const auto lines = world_.store.log("2024-12-31", std::nullopt, 0, 9);
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[1], (RunLogLine{2, "archive", 1, world_.clock.wall_ms(), "two"}));
}

TEST_F(RunExecutionTest, TriesAFailedStageAgainAfterAPauseThatDoubles) {
  world_.runner.plan("archive", {1, 1});
  world_.begin();
  EXPECT_FALSE(world_.advance());
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.last().status, StageStatus::kFailed);
  world_.clock.advance(seconds(59));
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.stages().size(), 1U);
  world_.clock.advance(seconds(1));
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.last().attempt, 2);
  EXPECT_FALSE(world_.advance());
  world_.clock.advance(seconds(119));
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.stages().size(), 2U);
  world_.runner.succeed_by_default();
  world_.clock.advance(seconds(1));
  world_.advance_to_end();
  EXPECT_EQ(world_.run().status, RunStatus::kSucceeded);
  EXPECT_EQ(world_.run().detail, "");
}

TEST_F(RunExecutionTest, PausesNoLongerThanAnHour) {
  world_.options.stage_retries_max = 40;
  world_.runner.plan("archive", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  world_.runner.succeed_by_default();
  world_.begin();
  const std::int64_t started = world_.clock.wall_ms();
  world_.advance_to_end();
  EXPECT_EQ(world_.run().status, RunStatus::kSucceeded);
  EXPECT_LT(world_.clock.wall_ms() - started, 20LL * 3'700 * 1'000);
}

TEST_F(RunExecutionTest, GivesUpAfterTheLastRetryAndSaysWhy) {
  world_.runner.plan("archive", {0});
  world_.runner.plan("train", {1, 1});
  world_.begin();
  while (world_.runner.started().size() < 4) {
    EXPECT_FALSE(world_.advance());
    world_.clock.advance(seconds(60));
  }
  world_.runner.print("no space left");
  world_.runner.end(1);
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive", "train", "train", "train"));
  EXPECT_EQ(world_.run().status, RunStatus::kFailed);
  EXPECT_EQ(world_.run().detail, "stage train: exit code 1: no space left");
  EXPECT_TRUE(world_.run().ended_at_ms.has_value());
}

TEST_F(RunExecutionTest, EndsAsRefusedForGoodWhenTheGateSaysNo) {
  world_.runner.plan("evaluate", {3});
  world_.runner.succeed_by_default();
  world_.begin();
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive", "train", "evaluate"));
  EXPECT_EQ(world_.run().status, RunStatus::kRefused);
  EXPECT_EQ(world_.last().status, StageStatus::kRefused);
  EXPECT_EQ(world_.last().exit_code, 3);
}

TEST_F(RunExecutionTest, DoesNotRepeatWhatOnlyAHumanCanMend) {
  for (const int code : {kExitUsage, kExitDamaged}) {
    RunWorld world;
    world.runner.plan("archive", {code});
    world.begin();
    world.advance_to_end();
    EXPECT_EQ(world.runner.names().size(), 1U) << code;
    EXPECT_EQ(world.run().status, RunStatus::kFailed) << code;
  }
}

TEST_F(RunExecutionTest, TakesASignalForAFailure) {
  world_.options.stage_retries_max = 0;
  world_.begin();
  EXPECT_FALSE(world_.advance());
  world_.runner.end_by_signal(11);
  world_.advance_to_end();
  EXPECT_EQ(world_.run().status, RunStatus::kFailed);
  EXPECT_EQ(world_.last().exit_code, std::nullopt);
  EXPECT_THAT(world_.last().detail, HasSubstr("signal 11"));
}

TEST_F(RunExecutionTest, TakesAStageThatCannotStartForAFailure) {
  world_.runner.succeed_by_default();
  world_.runner.fail_next_start(Error{ErrorCode::kUnavailable, "no more processes"});
  world_.begin();
  EXPECT_FALSE(world_.advance());
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.last().status, StageStatus::kFailed);
  EXPECT_EQ(world_.last().detail, "no more processes");
  world_.advance_to_end();
  EXPECT_EQ(world_.run().status, RunStatus::kSucceeded);
}

TEST_F(RunExecutionTest, EndsAStageThatTakesTooLong) {
  world_.options.stage_timeout = seconds(100);
  world_.options.stage_retries_max = 0;
  world_.runner.obey(false);
  world_.begin();
  EXPECT_FALSE(world_.advance());
  world_.clock.advance(seconds(99));
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.runner.last().terminations, 0);
  world_.clock.advance(seconds(1));
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.runner.last().terminations, 1) << "asked first";
  EXPECT_EQ(world_.runner.last().kills, 0);
  world_.clock.advance(seconds(10));
  world_.advance_to_end();
  EXPECT_EQ(world_.runner.last().kills, 1);
  EXPECT_EQ(world_.run().status, RunStatus::kFailed);
  EXPECT_THAT(world_.run().detail, HasSubstr("took longer than 100 s"));
}

TEST_F(RunExecutionTest, AsksACancelledStageToEndAndEndsItWhenItDoesNot) {
  world_.runner.obey(false);
  world_.begin();
  EXPECT_FALSE(world_.advance());
  ASSERT_TRUE(world_.execution->cancel().ok());
  EXPECT_TRUE(world_.run().cancel_requested) << "remembered, should the server die now";
  EXPECT_EQ(world_.runner.last().terminations, 1);
  world_.clock.advance(seconds(9));
  EXPECT_FALSE(world_.advance());
  EXPECT_EQ(world_.runner.last().kills, 0);
  world_.clock.advance(seconds(1));
  world_.advance_to_end();
  EXPECT_EQ(world_.runner.last().kills, 1);
  EXPECT_EQ(world_.run().status, RunStatus::kCancelled);
  EXPECT_EQ(world_.last().status, StageStatus::kCancelled);
}

TEST_F(RunExecutionTest, IsCancelledBetweenTwoAttempts) {
  world_.runner.plan("archive", {1});
  world_.begin();
  EXPECT_FALSE(world_.advance());
  EXPECT_FALSE(world_.advance());
  ASSERT_TRUE(world_.execution->cancel().ok());
  EXPECT_TRUE(world_.advance());
  EXPECT_EQ(world_.run().status, RunStatus::kCancelled);
  EXPECT_EQ(world_.runner.started().size(), 1U);
}

TEST_F(RunExecutionTest, HandsTheRunBackWithoutUsingUpARetry) {
  world_.runner.plan("archive", {0});
  world_.options.stage_retries_max = 0;
  world_.begin();
  EXPECT_FALSE(world_.advance());
  EXPECT_FALSE(world_.advance());
  world_.execution->hand_back();
  EXPECT_TRUE(world_.advance());
  EXPECT_EQ(world_.run().status, RunStatus::kQueued);
  EXPECT_EQ(world_.last().status, StageStatus::kInterrupted);
  world_.runner.succeed_by_default();
  world_.begin();
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive", "train", "train", "evaluate",
                                                 "generate", "publish", "invalidate"));
  EXPECT_EQ(world_.run().status, RunStatus::kSucceeded);
}

TEST_F(RunExecutionTest, GoesOnAfterItsSchedulerWasKilled) {
  world_.runner.plan("archive", {0});
  world_.begin();
  EXPECT_FALSE(world_.advance());
  EXPECT_FALSE(world_.advance());
  world_.execution.reset();  // stored nothing: as a kill -9
  EXPECT_EQ(world_.run().status, RunStatus::kRunning);
  world_.runner.succeed_by_default();
  world_.begin();
  const StageAttempt left = world_.last();
  EXPECT_EQ(left.status, StageStatus::kInterrupted);
  EXPECT_TRUE(left.ended_at_ms.has_value());
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAre("archive", "train", "train", "evaluate",
                                                 "generate", "publish", "invalidate"));
  EXPECT_EQ(world_.stages()[2].attempt, 2);
}

TEST_F(RunExecutionTest, GivesUpAStageThatTakesItsMachineDown) {
  for (int i = 0; i <= world_.options.interruptions_max; ++i) {
    world_.begin();
    EXPECT_FALSE(world_.advance());
    world_.execution.reset();
  }
  world_.begin();
  EXPECT_TRUE(world_.advance());
  EXPECT_EQ(world_.run().status, RunStatus::kFailed);
  EXPECT_EQ(world_.run().detail, "stage archive was interrupted 6 times");
}

TEST_F(RunExecutionTest, StopsWhenAnotherSchedulerTookOver) {
  world_.begin();
  EXPECT_FALSE(world_.advance());
  ASSERT_TRUE(world_.store.release(world_.token).ok());
  ASSERT_TRUE(world_.store.acquire("other", 1'000, world_.clock.wall_ms())->has_value());
  world_.runner.end(0);
  const auto advanced = world_.execution->advance();
  ASSERT_FALSE(advanced.ok());
  EXPECT_EQ(advanced.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(world_.last().status, StageStatus::kRunning) << "nothing was written";
}

}  // namespace
}  // namespace marquee::scheduling
