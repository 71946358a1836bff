#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace marquee::telemetry {

using Labels = std::map<std::string, std::string>;

/// A number that only grows. Thread-safe.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;
  virtual double value() const = 0;
};

/// A number that is set. Thread-safe.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
  virtual double value() const = 0;
};

/// One bucket of a histogram: how many observations were at most `bound`.
struct Bucket {
  double bound = 0;  ///< the last bucket's is infinite
  std::uint64_t count = 0;
};

/// A distribution in fixed buckets. Thread-safe.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
  virtual std::uint64_t count() const = 0;
  virtual double sum() const = 0;
  virtual std::vector<Bucket> buckets() const = 0;  ///< by bound
};

/// One labelled value of a metric as it is now. `value` is a counter's or gauge's number or a
/// histogram's sum; `count` is a histogram's number of observations, else 0.
struct Sample {
  Labels labels;
  double value = 0;
  std::uint64_t count = 0;
  std::vector<Bucket> buckets = {};  ///< of a histogram
};

/// Every metric of the process, by the names of docs (prefix marquee_). The same name and labels
/// give the same metric; references stay valid for the life of this object. The first help text of
/// a name counts. One name is one kind of metric (asserted). Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// `bounds`: upper bounds of the buckets, ascending; latency_bounds() when empty.
  Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {},
                       const std::vector<double>& bounds = {});

  /// Every labelled value of `name`; empty for a name that nobody made.
  std::vector<Sample> samples(const std::string& name) const;

  /// 50 µs to 10 s, in seconds.
  static const std::vector<double>& latency_bounds();
  /// OpenMetrics 1.0 text, of this media type.
  static constexpr const char* kExpositionType =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  std::string exposition() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace marquee::telemetry
