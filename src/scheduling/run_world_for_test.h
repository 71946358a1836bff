#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "scheduling/run_execution.h"
#include "scheduling/scripted_runner_for_test.h"
#include "testing/fake_run_store.h"
#include "testing/manual_clock.h"

namespace marquee::scheduling {

/// One run of the night of 2024-12-31 in a store of its own.
struct RunWorld {
  RunWorld() {
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
      clock.advance(std::chrono::seconds(60));
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

}  // namespace marquee::scheduling
