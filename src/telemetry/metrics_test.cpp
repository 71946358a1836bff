#include "telemetry/metrics.h"

#include <limits>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, GivesTheSameCounterForTheSameNameAndLabels) {
  Metrics metrics;
  Counter& first = metrics.counter("marquee_events_total", "Events", {{"result", "accepted"}});
  Counter& again = metrics.counter("marquee_events_total", "Events", {{"result", "accepted"}});
  Counter& other = metrics.counter("marquee_events_total", "Events", {{"result", "rejected"}});
  first.add();
  again.add(2);
  EXPECT_EQ(&first, &again);
  EXPECT_EQ(first.value(), 3);
  EXPECT_EQ(other.value(), 0);
}

TEST(Metrics, WritesWhatPrometheusReads) {
  Metrics metrics;
  metrics.counter("marquee_events_total", "Events by result", {{"result", "accepted"}}).add(7);
  metrics.gauge("marquee_model_age_seconds", "Age of the model in service").set(12.5);
  metrics.histogram("marquee_request_seconds", "Time", {{"route", "/a"}}, {0.1, 1}).observe(0.5);
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("# HELP marquee_events Events by result\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE marquee_events counter\n"));
  EXPECT_THAT(text, HasSubstr("marquee_events_total{result=\"accepted\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("marquee_model_age_seconds 12.5\n"));
  EXPECT_THAT(text, HasSubstr("marquee_request_seconds_bucket{route=\"/a\",le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("marquee_request_seconds_bucket{route=\"/a\",le=\"1.0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("marquee_request_seconds_bucket{route=\"/a\",le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("marquee_request_seconds_sum{route=\"/a\"} 0.5\n"));
  EXPECT_THAT(text, ::testing::EndsWith("\n# EOF\n"));
  EXPECT_THAT(text, HasSubstr("marquee_request_seconds_count{route=\"/a\"} 1\n"));
}

TEST(Metrics, EscapesLabelValues) {
  Metrics metrics;
  metrics.counter("marquee_x_total", "x", {{"route", "a\"b\\c\nd"}}).add();
  EXPECT_THAT(metrics.exposition(), HasSubstr("{route=\"a\\\"b\\\\c\\nd\"}"));
}

TEST(Metrics, WithoutAnyIsStillAWholeDocument) { EXPECT_EQ(Metrics().exposition(), "# EOF\n"); }

TEST(Metrics, WritesWhatIsNoFiniteNumber) {
  Metrics metrics;
  metrics.gauge("marquee_a", "a").set(std::numeric_limits<double>::infinity());
  metrics.gauge("marquee_b", "b").set(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(metrics.exposition(),
            "# TYPE marquee_a gauge\n# HELP marquee_a a\nmarquee_a +Inf\n"
            "# TYPE marquee_b gauge\n# HELP marquee_b b\nmarquee_b NaN\n# EOF\n");
}

TEST(Metrics, ListsTheSamplesOfAName) {
  Metrics metrics;
  metrics.counter("marquee_requests_total", "r", {{"status", "200"}}).add(3);
  metrics.counter("marquee_requests_total", "r", {{"status", "404"}}).add(1);
  metrics.histogram("marquee_request_seconds", "s").observe(0.25);
  const auto counters = metrics.samples("marquee_requests_total");
  ASSERT_EQ(counters.size(), 2U);
  EXPECT_EQ(counters[0].labels.at("status"), "200");
  EXPECT_EQ(counters[0].value, 3);
  const auto histograms = metrics.samples("marquee_request_seconds");
  ASSERT_EQ(histograms.size(), 1U);
  EXPECT_EQ(histograms[0].count, 1U);
  EXPECT_DOUBLE_EQ(histograms[0].value, 0.25);
  EXPECT_TRUE(metrics.samples("marquee_unheard_of").empty());
}

TEST(Metrics, LatencyBoundsRiseFromFiftyMicrosecondsToTenSeconds) {
  const auto& bounds = Metrics::latency_bounds();
  EXPECT_DOUBLE_EQ(bounds.front(), 50e-6);
  EXPECT_DOUBLE_EQ(bounds.back(), 10);
  for (std::size_t i = 1; i < bounds.size(); ++i) EXPECT_LT(bounds[i - 1], bounds[i]);
}

TEST(Metrics, LosesNoIncrementBetweenThreads) {
  Metrics metrics;
  constexpr int kTimes = 5'000;
  const auto work = [&metrics] {
    for (int i = 0; i < kTimes; ++i) {
      metrics.counter("marquee_shared_total", "s", {{"half", i % 2 == 0 ? "a" : "b"}}).add();
      metrics.histogram("marquee_shared_seconds", "s").observe(0.001);
    }
  };
  {
    const std::jthread one(work);
    const std::jthread two(work);
    for (int i = 0; i < 20; ++i) (void)metrics.exposition();  // a scrape meanwhile
  }
  double sum = 0;
  for (const auto& sample : metrics.samples("marquee_shared_total")) sum += sample.value;
  EXPECT_EQ(sum, 2.0 * kTimes);
  EXPECT_EQ(metrics.samples("marquee_shared_seconds").at(0).count, 2U * kTimes);
}

}  // namespace
}  // namespace marquee::telemetry
