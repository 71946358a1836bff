#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/connections.h"
#include "bench/load/latencies.h"

namespace marquee::bench {

struct EventLoadOptions {
  double events_per_s = 1'000;
  std::chrono::milliseconds duration{8'000};
  std::size_t viewers = 5'000;
  double visible_share = 0.05;  ///< of the events, whose viewer's list is asked for too
  std::uint64_t seed = 1;
};

struct EventLoadResult {
  Latencies acknowledged;  ///< from the scheduled arrival to the 202
  Latencies visible;       ///< from the scheduled arrival to a list that includes the event
  std::size_t accepted = 0;
  std::size_t refused = 0;  ///< 503
  std::size_t failed = 0;   ///< anything else
  std::size_t stale = 0;    ///< lists that gave up waiting for the event
};

/// Clicks that arrive by a Poisson process, whatever the server does meanwhile (open loop), so that
/// a stall is paid for by every event that was due in it.
EventLoadResult run_event_load(Connections& connections, const std::vector<std::string>& movies,
                               const EventLoadOptions& options);

}  // namespace marquee::bench
