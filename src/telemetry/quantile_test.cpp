// Goal: a quantile read off buckets is the true one to within its bucket.

#include "telemetry/quantile.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::telemetry {
namespace {

TEST(QuantileTest, SpreadsObservationsEvenlyWithinABucket) {
  Metrics metrics;
  Histogram& seconds = metrics.histogram("marquee_x_seconds", "x", {}, {1, 2, 4});
  for (int i = 0; i < 50; ++i) seconds.observe(0.5);
  for (int i = 0; i < 50; ++i) seconds.observe(3);
  const auto samples = metrics.samples("marquee_x_seconds");
  EXPECT_DOUBLE_EQ(*quantile(samples, 0.25), 0.5);
  EXPECT_DOUBLE_EQ(*quantile(samples, 0.5), 1);
  EXPECT_DOUBLE_EQ(*quantile(samples, 0.75), 3);
  EXPECT_DOUBLE_EQ(*quantile(samples, 1), 4);
}

TEST(QuantileTest, AddsUpTheHistogramsOfSeveralLabels) {
  Metrics metrics;
  metrics.histogram("marquee_x_seconds", "x", {{"tier", "a"}}, {1, 2}).observe(0.5);
  for (int i = 0; i < 3; ++i) {
    metrics.histogram("marquee_x_seconds", "x", {{"tier", "b"}}, {1, 2}).observe(1.5);
  }
  EXPECT_DOUBLE_EQ(*quantile(metrics.samples("marquee_x_seconds"), 0.25), 1);
  EXPECT_DOUBLE_EQ(*quantile(metrics.samples("marquee_x_seconds"), 1), 2);
}

TEST(QuantileTest, BeyondTheLastBoundIsThatBound) {
  Metrics metrics;
  metrics.histogram("marquee_x_seconds", "x", {}, {1, 2}).observe(99);
  EXPECT_DOUBLE_EQ(*quantile(metrics.samples("marquee_x_seconds"), 0.5), 2);
}

TEST(QuantileTest, NothingObservedHasNone) {
  Metrics metrics;
  EXPECT_FALSE(quantile({}, 0.5));
  metrics.histogram("marquee_x_seconds", "x");
  metrics.counter("marquee_x_total", "x").add();
  EXPECT_FALSE(quantile(metrics.samples("marquee_x_seconds"), 0.5));
  EXPECT_FALSE(quantile(metrics.samples("marquee_x_total"), 0.5));
}

RC_GTEST_PROP(QuantileTest, LiesInTheBucketOfTheTrueOne, ()) {
  const auto values =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5'000)));
  const double q = *rc::gen::inRange(1, 100) / 100.0;
  Metrics metrics;
  Histogram& seconds = metrics.histogram("marquee_x_seconds", "x");
  std::vector<double> observed;
  for (const int value : values) observed.push_back(value / 1e3);
  for (const double value : observed) seconds.observe(value);
  std::sort(observed.begin(), observed.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(observed.size())));
  const double truth = observed[std::max<std::size_t>(rank, 1) - 1];
  const auto& bounds = Metrics::latency_bounds();
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), truth);
  const double answer = *quantile(metrics.samples("marquee_x_seconds"), q);
  RC_ASSERT(answer <= *bucket);
  RC_ASSERT(answer >= (bucket == bounds.begin() ? 0 : *std::prev(bucket)));
}

}  // namespace
}  // namespace marquee::telemetry
