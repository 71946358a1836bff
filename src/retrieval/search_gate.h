#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <optional>

#include "base/circuit_breaker.h"
#include "base/clock.h"
#include "base/result.h"
#include "telemetry/metrics.h"

namespace marquee::retrieval {

/// Whether searches may go to a server, what came of them, and how good they are; one for all
/// generations of a process. `clock` and `metrics` must outlive it. Thread-safe.
///
///   marquee_retrieval_searches_total{by="pgvector"|"exact"}  who found the candidates
///   marquee_retrieval_fallbacks_total{reason}                why it was the own sweep
///   marquee_retrieval_search_seconds                         what the server took for its answers
///   marquee_retrieval_recall                                 share of the exact best that it finds
class SearchGate {
 public:
  /// Why a search went to the own sweep.
  enum class Reason {
    kUnready,  ///< the vectors of the generation are not known to be there
    kAway,     ///< the breaker takes the server for away or slow
    kFailed,   ///< this search failed
    kShort,    ///< the server found fewer than were asked for: only the sweep knows whether it can
    kNarrow,   ///< so few films may be found that an index would look at most of them, and in turns
  };
  /// Slow counts as away: two searches past their deadline, and nobody asks until a probe succeeds.
  static CircuitBreaker::Options breaker_options() {
    CircuitBreaker::Options options;
    options.failures_to_open = 2;
    options.backoff_max = std::chrono::milliseconds(1'000);
    return options;
  }

  SearchGate(const Clock& clock, telemetry::Metrics& metrics);

  /// For requests: leave to ask the server, unless it is away. They never probe.
  std::optional<CircuitBreaker::Permit> enter() { return breaker_.acquire_unless_open(); }
  /// For whoever probes: leave once the back-off is over, and only while it is away.
  std::optional<CircuitBreaker::Permit> probe();

  void answered(std::chrono::steady_clock::duration took);
  void fell_back(Reason reason);
  /// What a search that failed said, for health().
  void note(Error error);
  void set_recall(double recall);

  /// Ok while searches go to the server; else the last failure.
  Result<void> health() const;

 private:
  CircuitBreaker breaker_;
  telemetry::Metrics& metrics_;
  telemetry::Counter& by_server_;
  telemetry::Counter& by_sweep_;
  telemetry::Histogram& seconds_;
  std::array<telemetry::Counter*, 5> fallbacks_{};
  mutable std::mutex mutex_;
  std::optional<Error> last_failure_;
};

}  // namespace marquee::retrieval
