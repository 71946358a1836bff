// The text that /metrics serves, read back by a slow reader of the exposition format.
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "telemetry/metrics.h"

namespace marquee::telemetry {
namespace {

struct Line {
  std::string name;
  Labels labels;
  double value = 0;
};

struct Exposition {
  bool readable = true;
  std::vector<Line> lines;
  std::map<std::string, std::string> types;  ///< of each family
  std::map<std::string, int> helps;          ///< lines of help, by family
};

/// Reads `name="value",…}`, unescaping, and moves past it.
bool read_labels(std::string_view& text, Labels& labels) {
  while (!text.empty() && text.front() != '}') {
    const std::size_t equals = text.find("=\"");
    if (equals == std::string_view::npos) return false;
    std::string& value = labels[std::string(text.substr(0, equals))];
    text.remove_prefix(equals + 2);
    for (; !text.empty() && text.front() != '"'; text.remove_prefix(1)) {
      if (text.front() == '\\') {
        text.remove_prefix(1);
        if (text.empty()) return false;
        value += text.front() == 'n' ? '\n' : text.front();
      } else {
        value += text.front();
      }
    }
    if (text.empty()) return false;
    text.remove_prefix(1);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return true;
}

bool read_sample(std::string_view text, Line& out) {
  const std::size_t end = text.find_first_of("{ ");
  if (end == std::string_view::npos) return false;
  out.name = text.substr(0, end);
  const bool labelled = text[end] == '{';
  text.remove_prefix(end + (labelled ? 1 : 0));
  if (labelled && !read_labels(text, out.labels)) return false;
  if (!text.starts_with(' ')) return false;
  const std::string number(text.substr(1));
  char* stop = nullptr;
  out.value = std::strtod(number.c_str(), &stop);
  return !number.empty() && *stop == '\0';
}

Exposition read(const std::string& text) {
  Exposition out;
  constexpr std::string_view kEnd = "# EOF\n";
  out.readable = text.ends_with(kEnd) && text.find(kEnd) == text.size() - kEnd.size();
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string hash, keyword, family, type;
    words >> hash >> keyword >> family >> type;
    if (hash == "#" && keyword == "TYPE") {
      out.readable = out.readable && out.types.emplace(family, type).second;
    } else if (hash == "#" && keyword == "HELP") {
      ++out.helps[family];
    } else if (line != "# EOF") {
      out.readable = read_sample(line, out.lines.emplace_back()) && out.readable;
    }
  }
  return out;
}

RC_GTEST_PROP(MetricsText, GivesBackEveryLabelValueWhateverItHolds, (std::uint64_t seed)) {
  const std::vector<std::string> pieces{"\"", "\\", "\n", "\\n", "}", "{", ",", "=", "é", "x", " "};
  Rng rng(seed);
  Metrics metrics;
  std::map<Labels, double> wanted;
  for (std::uint64_t i = rng.below(6); i > 0; --i) {
    Labels labels;
    for (const char* name : {"route", "tier"}) {
      std::string& value = labels[name];
      for (std::uint64_t k = rng.below(5); k > 0; --k) value += pieces[rng.below(pieces.size())];
    }
    const auto amount = static_cast<double>(rng.below(100));
    metrics.counter("marquee_x_total", "x", labels).add(amount);
    wanted[labels] += amount;
  }
  const Exposition text = read(metrics.exposition());
  RC_ASSERT(text.readable);
  RC_ASSERT(text.lines.size() == wanted.size());
  for (const Line& line : text.lines) {
    RC_ASSERT(wanted.contains(line.labels));
    RC_ASSERT(line.value == wanted[line.labels]);
  }
}

RC_GTEST_PROP(MetricsText, AHistogramCountsEveryObservationInEveryBucketThatHoldsIt,
              (const std::vector<std::uint16_t>& observed)) {
  const std::vector<double> bounds{0.5, 100, 1'000, 30'000};
  Metrics metrics;
  Histogram& histogram = metrics.histogram("marquee_h_seconds", "h", {{"tier", "l1"}}, bounds);
  double sum = 0;
  for (const std::uint16_t value : observed) {
    histogram.observe(value);
    sum += value;
  }
  const Exposition text = read(metrics.exposition());
  RC_ASSERT(text.readable);
  std::size_t buckets = 0;
  for (const Line& line : text.lines) {
    if (line.name.ends_with("_sum")) RC_ASSERT(line.value == sum);
    if (line.name.ends_with("_count")) RC_ASSERT(line.value == double(observed.size()));
    if (!line.name.ends_with("_bucket")) continue;
    const double bound = std::strtod(line.labels.at("le").c_str(), nullptr);  // "+Inf" too
    std::size_t within = 0;
    for (const std::uint16_t value : observed) within += value <= bound ? 1U : 0U;
    RC_ASSERT(line.value == double(within));
    RC_ASSERT(line.labels.at("tier") == "l1");
    ++buckets;
  }
  RC_ASSERT(buckets == bounds.size() + 1);
}

TEST(MetricsText, NamesTheTypeAndTheHelpOfAFamilyOnce) {
  Metrics metrics;
  metrics.counter("marquee_a_total", "first", {{"x", "1"}}).add();
  metrics.counter("marquee_a_total", "ignored", {{"x", "2"}}).add();
  metrics.gauge("marquee_b", "b").set(1);
  metrics.histogram("marquee_c_seconds", "c").observe(1);
  const Exposition text = read(metrics.exposition());
  ASSERT_TRUE(text.readable);
  EXPECT_EQ(text.types, (std::map<std::string, std::string>{{"marquee_a", "counter"},
                                                            {"marquee_b", "gauge"},
                                                            {"marquee_c_seconds", "histogram"}}));
  EXPECT_EQ(text.helps, (std::map<std::string, int>{
                            {"marquee_a", 1}, {"marquee_b", 1}, {"marquee_c_seconds", 1}}));
}

TEST(MetricsText, WritesNumbersThatAreNoneAsPrometheusReadsThem) {
  Metrics metrics;
  metrics.gauge("marquee_g", "g", {{"is", "nan"}}).set(std::nan(""));
  metrics.gauge("marquee_g", "g", {{"is", "inf"}}).set(std::numeric_limits<double>::infinity());
  metrics.gauge("marquee_g", "g", {{"is", "-inf"}}).set(-std::numeric_limits<double>::infinity());
  const std::string text = metrics.exposition();
  EXPECT_NE(text.find("{is=\"nan\"} NaN\n"), std::string::npos) << text;
  EXPECT_NE(text.find("{is=\"inf\"} +Inf\n"), std::string::npos) << text;
  EXPECT_NE(text.find("{is=\"-inf\"} -Inf\n"), std::string::npos) << text;
}

TEST(MetricsText, KeepsLargeCountsExactly) {
  Metrics metrics;
  metrics.counter("marquee_n_total", "n").add(9'007'199'254'740'991.0);  // 2^53 - 1
  EXPECT_EQ(read(metrics.exposition()).lines.at(0).value, 9'007'199'254'740'991.0);
}

TEST(MetricsText, IsReadableWhileOthersCount) {
  Metrics metrics;
  std::jthread counting([&metrics](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) {
      metrics.counter("marquee_busy_total", "b", {{"n", std::to_string(i % 50)}}).add();
      metrics.histogram("marquee_busy_seconds", "b").observe(0.001 * (i % 7));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const Exposition text = read(metrics.exposition());
    ASSERT_TRUE(text.readable);
  }
}

TEST(MetricsGauge, GoesUpAndDown) {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("marquee_pending", "p");
  gauge.set(5);
  gauge.add(-7.5);
  EXPECT_EQ(gauge.value(), -2.5);
  EXPECT_EQ(metrics.samples("marquee_pending").at(0).value, -2.5);
}

TEST(MetricsHistogram, KeepsTheBoundsItWasMadeWith) {
  Metrics metrics;
  metrics.histogram("marquee_d_seconds", "d", {}, {1, 2});
  metrics.histogram("marquee_d_seconds", "d", {}, {5, 6, 7}).observe(1.5);
  std::set<std::string> bounds;
  for (const Line& line : read(metrics.exposition()).lines) {
    if (line.name.ends_with("_bucket")) bounds.insert(line.labels.at("le"));
  }
  EXPECT_EQ(bounds, (std::set<std::string>{"1.0", "2.0", "+Inf"}));
}

}  // namespace
}  // namespace marquee::telemetry
