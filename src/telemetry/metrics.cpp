#include "telemetry/metrics.h"

#include <cassert>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "telemetry/open_metrics.h"

namespace marquee::telemetry {
namespace {

class CounterOn final : public Counter {
 public:
  explicit CounterOn(prometheus::Counter& target) : target_(target) {}
  void add(double amount) override { target_.Increment(amount); }
  double value() const override { return target_.Value(); }

 private:
  prometheus::Counter& target_;
};

class GaugeOn final : public Gauge {
 public:
  explicit GaugeOn(prometheus::Gauge& target) : target_(target) {}
  void set(double value) override { target_.Set(value); }
  void add(double amount) override { target_.Increment(amount); }
  double value() const override { return target_.Value(); }

 private:
  prometheus::Gauge& target_;
};

class HistogramOn final : public Histogram {
 public:
  explicit HistogramOn(prometheus::Histogram& target) : target_(target) {}
  void observe(double value) override { target_.Observe(value); }
  std::uint64_t count() const override { return target_.Collect().histogram.sample_count; }
  double sum() const override { return target_.Collect().histogram.sample_sum; }
  std::vector<Bucket> buckets() const override {
    std::vector<Bucket> all;
    for (const auto& bucket : target_.Collect().histogram.bucket) {
      all.push_back({bucket.upper_bound, bucket.cumulative_count});
    }
    return all;
  }

 private:
  prometheus::Histogram& target_;
};

/// A metric's family in the registry and our wrappers of its members.
template <typename Foreign, typename Ours>
struct Family {
  prometheus::Family<Foreign>* foreign = nullptr;
  std::map<Labels, std::unique_ptr<Ours>> members;
};

}  // namespace

struct Metrics::State {
  mutable std::mutex mutex;
  prometheus::Registry registry;
  std::map<std::string, Family<prometheus::Counter, Counter>> counters;
  std::map<std::string, Family<prometheus::Gauge, Gauge>> gauges;
  std::map<std::string, Family<prometheus::Histogram, Histogram>> histograms;

  bool is_new(const std::string& name) const {
    return !counters.contains(name) && !gauges.contains(name) && !histograms.contains(name);
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  assert(state_->counters.contains(name) || state_->is_new(name));
  auto& family = state_->counters[name];
  if (family.foreign == nullptr) {
    family.foreign = &prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
  }
  auto& member = family.members[labels];
  if (!member) member = std::make_unique<CounterOn>(family.foreign->Add(labels));
  return *member;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  assert(state_->gauges.contains(name) || state_->is_new(name));
  auto& family = state_->gauges[name];
  if (family.foreign == nullptr) {
    family.foreign = &prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  }
  auto& member = family.members[labels];
  if (!member) member = std::make_unique<GaugeOn>(family.foreign->Add(labels));
  return *member;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const Labels& labels, const std::vector<double>& bounds) {
  const std::lock_guard lock(state_->mutex);
  assert(state_->histograms.contains(name) || state_->is_new(name));
  auto& family = state_->histograms[name];
  if (family.foreign == nullptr) {
    family.foreign = &prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
  }
  auto& member = family.members[labels];
  if (!member) {
    member = std::make_unique<HistogramOn>(
        family.foreign->Add(labels, bounds.empty() ? latency_bounds() : bounds));
  }
  return *member;
}

std::vector<Sample> Metrics::samples(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Sample> all;
  if (const auto found = state_->counters.find(name); found != state_->counters.end()) {
    for (const auto& [labels, member] : found->second.members) {
      all.push_back({labels, member->value(), 0});
    }
  }
  if (const auto found = state_->gauges.find(name); found != state_->gauges.end()) {
    for (const auto& [labels, member] : found->second.members) {
      all.push_back({labels, member->value(), 0});
    }
  }
  if (const auto found = state_->histograms.find(name); found != state_->histograms.end()) {
    for (const auto& [labels, member] : found->second.members) {
      all.push_back({labels, member->sum(), member->count(), member->buckets()});
    }
  }
  return all;
}

const std::vector<double>& Metrics::latency_bounds() {
  static const std::vector<double> bounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                          0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                          0.5,     1,      2.5,     5,      10};
  return bounds;
}

std::string Metrics::exposition() const { return open_metrics_text(state_->registry.Collect()); }

}  // namespace marquee::telemetry
