#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/circuit_breaker.h"
#include "base/clock.h"
#include "ports/factor_store.h"
#include "retrieval/fallback_search.h"
#include "retrieval/search_gate.h"
#include "serving/generation.h"
#include "telemetry/metrics.h"

namespace marquee::app {

/// Retrieval by a server's index (retrieval.search = "pgvector") for the generations that this
/// process serves: sees that their vectors are there, asks again after an outage so that no request
/// has to, and measures what the index misses. It must outlive the searches it makes. Thread-safe.
class IndexedSearch {
 public:
  struct Ports {
    FactorStore& factors;
    std::function<Result<std::unique_ptr<VectorSearch>>(const ModelVersion&)> open;
    const Clock& clock;
    telemetry::Metrics& metrics;
  };
  explicit IndexedSearch(Ports ports);
  ~IndexedSearch() { stop(); }
  IndexedSearch(const IndexedSearch&) = delete;
  IndexedSearch& operator=(const IndexedSearch&) = delete;

  /// A serving::SearchMaker. Publishing has written the vectors before; where nobody has, because
  /// the setting is new, the own sweep answers until this has.
  std::shared_ptr<const VectorSearch> search_of(const serving::Generation& generation);

  /// Looks ten times a second from now on, on a thread of its own. Call once.
  void start();
  void stop();
  /// One look at the generation made last, for who drives it without start().
  void look();

  /// Ok while searches go to the server; else why they do not.
  Result<void> health() const;

 private:
  std::shared_ptr<retrieval::FallbackSearch> newest() const;
  void prepare(retrieval::FallbackSearch& search);
  Result<void> write_and_open(retrieval::FallbackSearch& search);
  void probe(const retrieval::FallbackSearch& search, CircuitBreaker::Permit permit);
  void measure(const retrieval::FallbackSearch& search);
  void run(const std::stop_token& stop);

  const Ports ports_;
  retrieval::SearchGate gate_;
  CircuitBreaker preparing_;
  std::optional<std::chrono::steady_clock::time_point> measured_;  // on the looking thread only
  mutable std::mutex mutex_;
  std::shared_ptr<retrieval::FallbackSearch> newest_;
  std::optional<Error> not_prepared_;  ///< why not
  bool measure_now_ = false;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleeping_;
  std::jthread thread_;
};

}  // namespace marquee::app
