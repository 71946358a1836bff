#include "telemetry/open_metrics.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace marquee::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

std::string bound(double value) {
  std::string text = number(value);
  if (text.find_first_of(".eIN") == std::string::npos) text += ".0";
  return text;
}

void append_label_value(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
}

/// One line: `name{labels} value`; `le` is a bucket's bound, or empty.
void append_sample(std::string& out, std::string_view name, const ClientMetric& metric,
                   std::string_view le, std::string_view value) {
  out += name;
  char separator = '{';
  const auto append_label = [&](std::string_view label, std::string_view text) {
    out += separator;
    separator = ',';
    out += label;
    out += "=\"";
    append_label_value(out, text);
    out += '"';
  };
  for (const ClientMetric::Label& label : metric.label) append_label(label.name, label.value);
  if (!le.empty()) append_label("le", le);
  if (separator == ',') out += '}';
  out += ' ';
  out += value;
  out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const ClientMetric& metric) {
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
    append_sample(out, name + "_bucket", metric, bound(bucket.upper_bound),
                  std::to_string(bucket.cumulative_count));
  }
  append_sample(out, name + "_count", metric, "", std::to_string(metric.histogram.sample_count));
  append_sample(out, name + "_sum", metric, "", number(metric.histogram.sample_sum));
}

void append_family(std::string& out, const MetricFamily& family) {
  constexpr std::string_view kTotal = "_total";
  std::string_view type = "unknown";
  std::string name = family.name;
  if (family.type == MetricType::Counter) {
    type = "counter";
    if (name.ends_with(kTotal)) name.resize(name.size() - kTotal.size());
  } else if (family.type == MetricType::Gauge) {
    type = "gauge";
  } else if (family.type == MetricType::Histogram) {
    type = "histogram";
  }
  out += "# TYPE " + name + ' ';
  out += type;
  out += "\n# HELP " + name + ' ';
  append_label_value(out, family.help);
  out += '\n';
  for (const ClientMetric& metric : family.metric) {
    if (family.type == MetricType::Histogram) {
      append_histogram(out, name, metric);
    } else if (family.type == MetricType::Counter) {
      append_sample(out, name + std::string(kTotal), metric, "", number(metric.counter.value));
    } else {
      append_sample(out, name, metric, "", number(metric.gauge.value));
    }
  }
}

}  // namespace

std::string open_metrics_text(const std::vector<MetricFamily>& families) {
  std::string out;
  for (const MetricFamily& family : families) {
    if (!family.metric.empty()) append_family(out, family);
  }
  return out + "# EOF\n";
}

}  // namespace marquee::telemetry
