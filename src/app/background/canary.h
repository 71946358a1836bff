#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/operations.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/canary_viewer.h"
#include "ingest/ingestor.h"
#include "ports/folded_state.h"
#include "telemetry/metrics.h"

namespace marquee::app {

/// Measures freshness end to end, as a viewer of the server's own: clicks the first film of its
/// list, by the way of every event, and waits until the film is gone from the list, since what a
/// viewer has clicked is not recommended again. Its id is reserved (domain/ids.h): in no count,
/// list or model (docs/decisions/0030). Thread-safe.
class Canary {
 public:
  struct Options {
    UserId viewer = canary_viewer(0);  ///< nobody else's: two in one list would disturb each other
    std::chrono::milliseconds interval{5'000};
    std::chrono::milliseconds visible_max{2'000};  ///< from sent to visible; later is a failure
    std::uint64_t failures_max = 3;                ///< in a row, at which health() speaks up
    std::size_t window = 720;  ///< successes that report() looks back on; an hour of the default
  };
  struct Ports {
    ingest::Ingestor& ingestor;
    FoldedState& state;
    const Clock& clock;
    telemetry::Metrics& metrics;
    /// The films that the viewer is recommended, best first.
    std::function<Result<std::vector<MovieId>>()> list;
  };

  /// Does nothing yet. The references must outlive the canary.
  Canary(Ports ports, Options options);
  ~Canary();  ///< stop()
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;

  /// Measures every interval from now on, on a thread of its own. Call once.
  void start();
  /// Gives up the measurement under way; none after it.
  void stop();

  /// One measurement, on the caller's thread, one at a time. Nothing without a film to click.
  void measure();

  api::Operations::Freshness report() const;
  /// Why the last failures_max measurements or more failed; else ok. Those that met a full disk
  /// do not count here: they are the log's health.
  Result<void> health() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Times {
    double acknowledged_s = 0;  ///< from sent on, as is the next
    double visible_s = 0;
  };

  /// None when there was no film to click.
  Result<std::optional<Times>> try_once();
  Result<Offset> send(const MovieId& film, TimePoint deadline);
  Result<void> wait_until_applied(const Offset& offset, TimePoint deadline);
  Result<void> wait_until_gone(const MovieId& film, TimePoint deadline);
  bool is_over(TimePoint deadline) const;
  double seconds_since(TimePoint begin) const;
  void note(const Times& times);
  void note(const Error& failure);
  void run(const std::stop_token& stop);

  const Ports ports_;
  const Options options_;
  std::atomic<bool> stopping_ = false;
  telemetry::Histogram& acknowledged_;
  telemetry::Histogram& visible_;
  telemetry::Histogram& freshness_;
  telemetry::Counter& succeeded_;
  telemetry::Counter& failed_;
  telemetry::Gauge& last_success_;
  mutable std::mutex mutex_;
  std::deque<Times> recent_;
  std::uint64_t measured_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t failures_in_a_row_ = 0;
  std::optional<std::int64_t> last_success_ms_;
  std::string problem_;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleeping_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace marquee::app
