#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.h"
#include "bench/load/http_client.h"

namespace marquee::bench {

struct OfferedLoad {
  double rate = 100;  ///< events a second, Poisson arrivals
  double seconds = 10;
  std::size_t viewers = 2'000;
  std::size_t films = 1'000;
  std::size_t sample_every = 10;  ///< of so many events one is looked for in the next list
  bool malformed = false;         ///< without a film: answered 400, and never near a disk
};

/// Latencies in milliseconds from the moment at which the event was due, whatever the server or the
/// generator did meanwhile (no coordinated omission).
struct LoadResult {
  std::vector<double> acknowledged;  ///< answered 202, or 400 where the events are malformed
  std::vector<double> visible;       ///< until a list arrived that was asked for with its offset
  std::size_t refused = 0;           ///< answered otherwise
  std::size_t stale = 0;             ///< lists that did not include the event after all
};

/// Open loop: events are sent when they are due, not when the server has answered.
LoadResult offer(HttpClient& client, const OfferedLoad& load, Rng& rng);

}  // namespace marquee::bench
