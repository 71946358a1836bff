#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "scheduling/scheduler.h"
#include "scheduling/scripted_runner_for_test.h"
#include "testing/fake_run_store.h"
#include "testing/manual_clock.h"

namespace marquee::scheduling {

/// Milliseconds of "2026-11-25T02:00".
inline std::int64_t at(const std::string& text) { return parse_rfc3339(text + ":00Z").value(); }

/// A scheduler with its own runner on a store that others may share.
struct Node {
  Node(RunStore& store, const Clock& clock, Scheduler::Options options)
      : scheduler(Scheduler::Ports{store, runner, clock, metrics}, std::move(options)) {}

  /// Runs it has counted under this status.
  double ended(const std::string& status) const {
    double count = 0;
    const auto samples = metrics.samples("marquee_runs_total");
    for (const auto& sample : samples) {
      if (sample.labels.at("status") == status) count += sample.value;
    }
    return count;
  }

  ScriptedRunner runner;
  telemetry::Metrics metrics;
  Scheduler scheduler;
};

/// A store, a clock that stands still at noon of 2026-11-24, and schedulers on them.
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

}  // namespace marquee::scheduling
