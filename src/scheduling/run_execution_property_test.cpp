// Goal: whatever the store or the machine does, no stage that succeeded runs again.

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scheduling/pipeline.h"
#include "scheduling/run_world_for_test.h"

namespace marquee::scheduling {
namespace {

using std::chrono::seconds;

RC_GTEST_PROP(RunExecutionProperty, RunsEveryStageOnceThoughWritesFail, ()) {
  RunWorld world;
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
  RC_ASSERT(world.runner.names() ==
            std::vector<std::string>(kBatchStages.begin(), kBatchStages.end()));
  RC_ASSERT(world.stages().size() == kBatchStages.size());
  std::uint64_t seq = 0;
  const auto lines = world.store.log("2024-12-31", std::nullopt, 0, 999);
  for (const RunLogLine& line : *lines) {
    RC_ASSERT(line.seq == ++seq);
  }
}

RC_GTEST_PROP(RunExecutionProperty, NeverRepeatsWhatSucceededWhateverHappens, ()) {
  RunWorld world;
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
  for (const std::string_view stage : kBatchStages) {
    RC_ASSERT(succeeded.count(std::string(stage)) <= 1U);
  }
}

}  // namespace
}  // namespace marquee::scheduling
