#include "scheduling/run_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::scheduling {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RunMetrics, CountsByHowRunsEndAndStartsAtZero) {
  telemetry::Metrics metrics;
  RunMetrics runs(metrics);
  EXPECT_THAT(metrics.exposition(), HasSubstr("marquee_runs_total{status=\"refused\"} 0"));
  runs.count(RunStatus::kFailed);
  runs.count(RunStatus::kFailed);
  EXPECT_THAT(metrics.exposition(), HasSubstr("marquee_runs_total{status=\"failed\"} 2"));
  EXPECT_THAT(metrics.exposition(), HasSubstr("marquee_runs_total{status=\"succeeded\"} 0"));
}

TEST(RunMetrics, TellsTheAgeOfTheLastSuccessOnceThereIsOne) {
  telemetry::Metrics metrics;
  RunMetrics runs(metrics);
  runs.show_age(10'000);
  EXPECT_THAT(metrics.exposition(), Not(HasSubstr("marquee_run_last_success_age_seconds")));
  runs.set_last_success(4'000);
  runs.show_age(10'000);
  EXPECT_THAT(metrics.exposition(), HasSubstr("marquee_run_last_success_age_seconds 6"));
  runs.show_age(1'000);
  EXPECT_THAT(metrics.exposition(), HasSubstr("marquee_run_last_success_age_seconds 0"));
}

}  // namespace
}  // namespace marquee::scheduling
