// Goal: how runs ended, and how long ago one succeeded, can be watched.

#include "scheduling/run_metrics.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace marquee::scheduling {
namespace {

constexpr const char* kAge = "marquee_run_last_success_age_seconds";

class RunMetricsTest : public ::testing::Test {
 protected:
  std::optional<double> ended(RunStatus status) const {
    const auto samples = metrics_.samples("marquee_runs_total");
    for (const auto& sample : samples) {
      if (sample.labels.at("status") == to_string(status)) return sample.value;
    }
    return std::nullopt;
  }

  telemetry::Metrics metrics_;
  RunMetrics runs_{metrics_};
};

TEST_F(RunMetricsTest, CountsByHowRunsEndAndStartsAtZero) {
  for (const RunStatus status :
       {RunStatus::kSucceeded, RunStatus::kFailed, RunStatus::kRefused, RunStatus::kCancelled}) {
    EXPECT_EQ(ended(status), 0) << to_string(status);
  }
  runs_.count(RunStatus::kFailed);
  runs_.count(RunStatus::kFailed);
  EXPECT_EQ(ended(RunStatus::kFailed), 2);
  EXPECT_EQ(ended(RunStatus::kSucceeded), 0);
}

TEST_F(RunMetricsTest, TellsTheAgeOfTheLastSuccessOnceThereIsOne) {
  runs_.show_age(10'000);
  EXPECT_TRUE(metrics_.samples(kAge).empty());
  runs_.set_last_success(4'000);
  runs_.show_age(10'000);
  EXPECT_EQ(metrics_.samples(kAge).front().value, 6);
  runs_.show_age(1'000);
  EXPECT_EQ(metrics_.samples(kAge).front().value, 0) << "the clock was set back";
}

}  // namespace
}  // namespace marquee::scheduling
