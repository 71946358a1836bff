#include "speed/fold_metrics.h"

#include <algorithm>

namespace marquee::speed {
namespace {

telemetry::Counter& result_counter(telemetry::Metrics& metrics, const char* result) {
  return metrics.counter("marquee_events_total", "Events by what became of them",
                         {{"result", result}});
}

void raise(telemetry::Counter& counter, std::uint64_t from, std::uint64_t to) {
  if (to > from) counter.add(static_cast<double>(to - from));
}

}  // namespace

FoldMetrics::FoldMetrics(telemetry::Metrics& metrics)
    : applied_(result_counter(metrics, "applied")),
      deduplicated_(result_counter(metrics, "deduplicated")),
      dead_lettered_(result_counter(metrics, "dead_lettered")),
      pending_(metrics.gauge("marquee_events_pending", "Events in the log that await the fold")),
      freshness_(metrics.histogram("marquee_freshness_seconds",
                                   "From an event's acceptance until lists can show it")),
      transitions_(metrics.gauge("marquee_transitions", "Links from film to film that are kept")),
      transitions_pushed_out_(
          metrics.counter("marquee_transitions_pushed_out_total",
                          "Links that made room at a film that has as many as it may")) {}

void FoldMetrics::totals(const FoldTotals& totals) {
  raise(applied_, shown_.applied, totals.applied);
  raise(deduplicated_, shown_.deduplicated, totals.deduplicated);
  raise(dead_lettered_, shown_.dead_lettered, totals.dead_lettered);
  shown_ = totals;
}

void FoldMetrics::transitions(const TransitionCounts& now) {
  transitions_.set(static_cast<double>(now.size()));
  raise(transitions_pushed_out_, pushed_out_, now.pushed_out());
  pushed_out_ = now.pushed_out();
}

void FoldMetrics::pending(std::uint64_t events) { pending_.set(static_cast<double>(events)); }

void FoldMetrics::visible(std::span<const AppliedEvent> applied, std::int64_t now_ms) {
  for (const AppliedEvent& row : applied) {
    if (!row.offset) continue;
    const std::int64_t age_ms = std::max<std::int64_t>(0, now_ms - row.event.accepted_at_ms);
    freshness_.observe(static_cast<double>(age_ms) / 1e3);
  }
}

}  // namespace marquee::speed
