// Goal: a run goes through its stages in order, each end of a stage means what the process contract
// says, and whatever the store or the machine does, no stage that succeeded runs again.

#include "scheduling/run_execution.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scheduling/pipeline.h"
#include "scheduling/scripted_runner_for_test.h"
#include "testing/fake_run_store.h"
#include "testing/manual_clock.h"

namespace marquee::scheduling {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr auto kAllStages = kBatchStages;

/// One run in a store of its own.
struct World {
  World() {
    token = store.acquire("test", 3'600'000, clock.wall_ms())->value().token;
    marquee::Run run;
    run.id = "2024-12-31";
    run.pipeline = "batch";
    run.logical_date = "2024-12-31";
    EXPECT_TRUE(store.create(token, run).ok());
  }
  void begin() {
    execution = RunExecution::begin({store, runner, clock, token}, options, run()).value();
  }
  marquee::Run run() { return store.find("2024-12-31")->value(); }
  std::vector<StageAttempt> stages() { return store.stages("2024-12-31").value(); }
  StageAttempt last() { return stages().back(); }
  bool advance() { return execution->advance().value(); }
  /// Until the run ends; time passes meanwhile, a minute a step.
  void advance_to_end() {
    for (int i = 0; i < 1'000; ++i) {
      if (advance()) return;
      clock.advance(seconds(60));
    }
    FAIL() << "the run does not end";
  }

  testing::FakeRunStore store;
  testing::ManualClock clock;
  ScriptedRunner runner;
  ExecutionOptions options;
  std::uint64_t token = 0;
  std::unique_ptr<RunExecution> execution;
};

class RunExecutionTest : public ::testing::Test {
 protected:
  World world_;
};

TEST_F(RunExecutionTest, TakesEveryStageInOrderUnderOneRunId) {
  world_.runner.succeed_by_default();
  world_.begin();
  EXPECT_EQ(world_.run().status, RunStatus::kRunning);
  EXPECT_EQ(world_.run().started_at_ms, world_.clock.wall_ms());
  world_.advance_to_end();
  EXPECT_THAT(world_.runner.names(), ElementsAreArray(kAllStages));
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
    World world;
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

RC_GTEST_PROP(RunExecutionProperty, RunsEveryStageOnceThoughWritesFail, ()) {
  World world;
  world.runner.succeed_by_default();
  world.begin();
  for (int step = 0; step < 200; ++step) {
    if (*rc::gen::inRange(0, 3) == 0) {
      world.store.fail_next_writes(1, Error{ErrorCode::kUnavailable, "the disk is away"});
    }
    if (!world.runner.started().empty()) world.runner.print("a line");
    const auto done = world.execution->advance();
    if (done.ok() && *done) break;
    world.clock.advance(seconds(1));
  }
  world.store.fail_next_writes(0, {});
  while (world.run().status != RunStatus::kSucceeded) RC_ASSERT(world.execution->advance().ok());
  RC_ASSERT(world.runner.names() == std::vector<std::string>(kAllStages.begin(), kAllStages.end()));
  RC_ASSERT(world.stages().size() == kAllStages.size());
  std::uint64_t seq = 0;
  const auto lines = world.store.log("2024-12-31", std::nullopt, 0, 999);
  for (const RunLogLine& line : *lines) {
    RC_ASSERT(line.seq == ++seq);
  }
}

RC_GTEST_PROP(RunExecutionProperty, NeverRepeatsWhatSucceededWhateverHappens, ()) {
  World world;
  world.options.interruptions_max = 1'000;
  world.options.stage_retries_max = 1'000;
  world.options.stage_timeout = seconds(1'000'000'000);
  world.begin();
  std::multiset<std::string> succeeded;
  for (int step = 0; step < 150 && is_active(world.run().status); ++step) {
    const bool running = world.runner.alive() > 0;
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        if (running) {
          succeeded.insert(world.runner.last().order.stage);
          world.runner.end(0);
          (void)world.execution->advance();
        }
        break;
      case 1:
        if (running) world.runner.end(1);
        break;
      case 2:
        world.begin();  // the one before is gone with its stage
        break;
      default:
        (void)world.execution->advance();
    }
    world.clock.advance(seconds(3'600));
  }
  for (const std::string_view stage : kAllStages) {
    RC_ASSERT(succeeded.count(std::string(stage)) <= 1U);
  }
}

}  // namespace
}  // namespace marquee::scheduling
