#include "retrieval/search_gate.h"

#include <string>
#include <utility>

namespace marquee::retrieval {
namespace {

telemetry::Counter& searches(telemetry::Metrics& metrics, const char* by) {
  return metrics.counter("marquee_retrieval_searches_total",
                         "Searches for candidates, by who answered", {{"by", by}});
}

}  // namespace

SearchGate::SearchGate(const Clock& clock, telemetry::Metrics& metrics)
    : breaker_(clock, breaker_options()),
      metrics_(metrics),
      by_server_(searches(metrics, "pgvector")),
      by_sweep_(searches(metrics, "exact")),
      seconds_(metrics.histogram("marquee_retrieval_search_seconds",
                                 "What pgvector took for a search that it answered")) {
  constexpr std::array kReasons{"unready", "away", "failed", "short", "narrow"};
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    fallbacks_[i] = &metrics.counter("marquee_retrieval_fallbacks_total",
                                     "Searches that went to the own sweep, by reason",
                                     {{"reason", kReasons[i]}});
  }
}

std::optional<CircuitBreaker::Permit> SearchGate::probe() {
  if (breaker_.state() == CircuitBreaker::State::kClosed) return std::nullopt;
  return breaker_.acquire();
}

void SearchGate::answered(std::chrono::steady_clock::duration took) {
  by_server_.add();
  seconds_.observe(std::chrono::duration<double>(took).count());
}

void SearchGate::fell_back(Reason reason) {
  by_sweep_.add();
  fallbacks_[static_cast<std::size_t>(reason)]->add();
}

void SearchGate::note(Error error) {
  const std::lock_guard lock(mutex_);
  last_failure_ = std::move(error);
}

/// Not there before the first measurement: 0 would be a lie.
void SearchGate::set_recall(double recall) {
  metrics_.gauge("marquee_retrieval_recall", "Share of the exact best 100 that pgvector finds")
      .set(recall);
}

Result<void> SearchGate::health() const {
  if (breaker_.state() == CircuitBreaker::State::kClosed) return {};
  const std::lock_guard lock(mutex_);
  return last_failure_.value_or(Error{ErrorCode::kUnavailable, "pgvector is away"});
}

}  // namespace marquee::retrieval
