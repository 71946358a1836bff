// Goal: what operators read of the fold adds up, from the first scrape on.

#include "speed/fold_metrics.h"

#include <gtest/gtest.h>

#include "testing/event_builder.h"

namespace marquee::speed {
namespace {

using testing::EventBuilder;
using testing::kTestEpochMs;

class FoldMetricsTest : public ::testing::Test {
 protected:
  double events(const char* result) {
    return registry_.counter("marquee_events_total", "", {{"result", result}}).value();
  }
  telemetry::Histogram& freshness() { return registry_.histogram("marquee_freshness_seconds", ""); }

  telemetry::Metrics registry_;
  FoldMetrics metrics_{registry_};
};

TEST_F(FoldMetricsTest, CountersStandAtZeroBeforeAnythingHappens) {
  for (const char* result : {"applied", "deduplicated", "dead_lettered"}) {
    EXPECT_EQ(events(result), 0) << result;
    EXPECT_NE(registry_.exposition().find(result), std::string::npos) << result;
  }
}

TEST_F(FoldMetricsTest, CountersFollowTheTotalsAndNotTheirSum) {
  metrics_.totals({.applied = 5, .deduplicated = 2, .dead_lettered = 1, .history = 100});
  metrics_.totals({.applied = 5, .deduplicated = 2, .dead_lettered = 1, .history = 100});
  metrics_.totals({.applied = 9, .deduplicated = 2, .dead_lettered = 3, .history = 100});
  EXPECT_EQ(events("applied"), 9);
  EXPECT_EQ(events("deduplicated"), 2);
  EXPECT_EQ(events("dead_lettered"), 3);
}

TEST_F(FoldMetricsTest, ACounterNeverFallsAlsoWhenTheStateWasReset) {
  metrics_.totals({.applied = 9});
  metrics_.totals({.applied = 0});
  EXPECT_EQ(events("applied"), 9);
  metrics_.totals({.applied = 4});
  EXPECT_EQ(events("applied"), 13) << "what was folded again is counted again";
}

TEST_F(FoldMetricsTest, PendingIsWhatItWasSetToLast) {
  metrics_.pending(7);
  metrics_.pending(3);
  EXPECT_EQ(registry_.gauge("marquee_events_pending", "").value(), 3);
}

TEST_F(FoldMetricsTest, FreshnessIsTheTimeSinceAcceptanceOfLoggedEventsOnly) {
  const std::vector<AppliedEvent> applied{
      EventBuilder("u1", "m1").id(1).at(0).applied(0, 0),
      EventBuilder("u1", "m1").id(2).at(1'500).applied(1, 1),
      EventBuilder("u1", "m1").id(3).at(0).applied(2, std::nullopt),  // history
      EventBuilder("u1", "m1").id(4).at(9'000).applied(3, 2)};        // of a clock ahead of ours
  metrics_.visible(applied, kTestEpochMs + 2'000);
  EXPECT_EQ(freshness().count(), 3U);
  EXPECT_DOUBLE_EQ(freshness().sum(), 2.0 + 0.5 + 0.0);
}

TEST_F(FoldMetricsTest, RetriesAreCountedAndTheBackoffEndsWithThem) {
  metrics_.retry(std::chrono::milliseconds(0));
  EXPECT_EQ(registry_.counter("marquee_fold_retries_total", "").value(), 0);
  metrics_.retry(std::chrono::milliseconds(10));
  metrics_.retry(std::chrono::milliseconds(20));
  EXPECT_EQ(registry_.counter("marquee_fold_retries_total", "").value(), 2);
  EXPECT_DOUBLE_EQ(registry_.gauge("marquee_fold_backoff_seconds", "").value(), 0.02);
  metrics_.retry(std::chrono::milliseconds(0));
  EXPECT_EQ(registry_.gauge("marquee_fold_backoff_seconds", "").value(), 0);
}

}  // namespace
}  // namespace marquee::speed
