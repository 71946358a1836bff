// Goal: every logical date runs once, one run at a time, whatever happens to schedulers, and
// operators can start, cancel and retry runs.

#include "scheduling/scheduler.h"

#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"
#include "scheduling/pipeline.h"
#include "scheduling/scripted_runner_for_test.h"
#include "testing/fake_run_store.h"
#include "testing/manual_clock.h"

namespace marquee::scheduling {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::int64_t at(const std::string& text) { return parse_rfc3339(text + ":00Z").value(); }

/// A scheduler with its own runner on a store that others may share.
struct Node {
  Node(RunStore& store, const Clock& clock, Scheduler::Options options)
      : scheduler(Scheduler::Ports{store, runner, clock, metrics}, std::move(options)) {}

  ScriptedRunner runner;
  telemetry::Metrics metrics;
  Scheduler scheduler;
};

struct World {
  std::unique_ptr<Node> node(const std::string& holder = "a") {
    Scheduler::Options wanted = options;
    wanted.holder = holder;
    auto made = std::make_unique<Node>(store, clock, wanted);
    made->runner.succeed_by_default();
    return made;
  }
  /// Steps until nothing is under way; time stands still.
  void settle(Node& node) const {
    for (int i = 0; i < 100; ++i) {
      node.scheduler.step();
      if (!store.active("batch")->has_value()) return;
    }
  }
  marquee::Run run(const std::string& id) const { return store.find(id)->value(); }
  /// Oldest first.
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    const auto page = store.list(std::nullopt, std::nullopt, 1'000);
    for (const auto& run : page->runs) {
      ids.insert(ids.begin(), run.id);
    }
    return ids;
  }

  testing::FakeRunStore store;
  testing::ManualClock clock{at("2026-11-24T12:00")};
  static Scheduler::Options nightly() {
    Scheduler::Options options;
    options.cron = Cron::parse("0 2 * * *").value();
    return options;
  }
  Scheduler::Options options = nightly();
};

class SchedulerTest : public ::testing::Test {
 protected:
  World world_;
};

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

TEST_F(SchedulerTest, QueuesARunByHand) {
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

TEST_F(SchedulerTest, TakesALogicalDateForABackfill) {
  const auto node = world_.node();
  node->scheduler.step();
  const auto run = node->scheduler.trigger("batch", {.logical_date = "2026-01-31"});
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->params, R"({"logical_date":"2026-01-31"})");
  world_.settle(*node);
  EXPECT_EQ(node->runner.last().order.logical_date, "2026-01-31");
}

TEST_F(SchedulerTest, RefusesWhatItCannotStart) {
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

TEST_F(SchedulerTest, LetsTheNightWaitForARunByHand) {
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

TEST_F(SchedulerTest, CancelsARunBeforeAndWhileItRuns) {
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

TEST_F(SchedulerTest, RetriesAFailedRunFromTheStageThatFailed) {
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

TEST_F(SchedulerTest, DoesNotRetryWhatTheGateRefused) {
  const auto node = world_.node();
  node->runner.plan("evaluate", {3});
  node->scheduler.step();
  const std::string id = node->scheduler.trigger("batch", {})->id;
  world_.settle(*node);
  EXPECT_EQ(world_.run(id).status, RunStatus::kRefused);
  EXPECT_EQ(node->scheduler.retry(id).error().code, ErrorCode::kConflict);
}

TEST_F(SchedulerTest, RetriesACancelledRunWithAllItsRetries) {
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

TEST_F(SchedulerTest, StandsByWhileAnotherHoldsTheLease) {
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

TEST_F(SchedulerTest, TakesOverTheRunOfASchedulerThatWasPaused) {
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

TEST_F(SchedulerTest, EndsItsStageWhenItHasLostTheLease) {
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

TEST_F(SchedulerTest, HandsItsRunBackWhenItStops) {
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
  const std::string text = node->metrics.exposition();
  EXPECT_THAT(text, HasSubstr("marquee_runs_total{status=\"refused\"} 1"));
  EXPECT_THAT(text, HasSubstr("marquee_runs_total{status=\"succeeded\"} 1"));
  EXPECT_THAT(text, HasSubstr("marquee_run_last_success_age_seconds 90"));
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
    if (what == 0) paused.push_back(std::move(node));
    if (what == 1) node.reset();
    if (what >= 2) node->scheduler.step();
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
