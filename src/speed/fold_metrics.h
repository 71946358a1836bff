#pragma once

#include <cstdint>
#include <span>

#include "domain/transition_counts.h"
#include "ports/profile_store.h"
#include "telemetry/metrics.h"

namespace marquee::speed {

/// What the fold tells the operators: the second half of the conservation law and how long events
/// take to become visible. The three counters start at what the store holds, so that together with
/// `pending` they always add up to the events of the log. Used by the fold's thread only.
class FoldMetrics {
 public:
  explicit FoldMetrics(telemetry::Metrics& metrics);

  /// Raises the counters to `totals`.
  void totals(const FoldTotals& totals);
  void pending(std::uint64_t events);
  void transitions(const TransitionCounts& now);
  /// `applied` can be read by everyone since `now_ms`; history has no freshness.
  void visible(std::span<const AppliedEvent> applied, std::int64_t now_ms);

 private:
  telemetry::Counter& applied_;
  telemetry::Counter& deduplicated_;
  telemetry::Counter& dead_lettered_;
  telemetry::Gauge& pending_;
  telemetry::Histogram& freshness_;
  telemetry::Gauge& transitions_;
  telemetry::Counter& transitions_pushed_out_;
  std::uint64_t pushed_out_ = 0;
  FoldTotals shown_;
};

}  // namespace marquee::speed
