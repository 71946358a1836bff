#pragma once

#include <algorithm>
#include <cstdint>

namespace marquee::gateway {

/// The generic cell rate algorithm (ITU-T I.371): of a client, in every span of time t, at most
/// burst + t / interval requests pass. There are no windows, so none can be used up twice at its
/// edge. All that is kept of a client is one time, its theoretical arrival time (TAT); one that has
/// passed means the same as none. Times in nanoseconds.
struct Gcra {
  std::int64_t interval = 600'000'000;
  std::int64_t burst = 100;

  struct Decision {
    bool passes = false;
    std::int64_t tat = 0;        ///< to keep
    std::int64_t remaining = 0;  ///< requests that would pass now
    std::int64_t wait = 0;       ///< until the next one passes; 0 when it would now
    std::int64_t full = 0;       ///< until `burst` would pass
  };

  static Gcra per_minute(std::int64_t requests) {
    constexpr std::int64_t kMinute = 60'000'000'000;
    return {kMinute / requests, requests};
  }

  Decision ask(std::int64_t tat, std::int64_t now) const {
    const std::int64_t most = burst * interval;
    Decision decision;
    decision.tat = std::max(tat, now);
    decision.passes = decision.tat + interval - now <= most;
    if (decision.passes) decision.tat += interval;
    decision.full = decision.tat - now;
    decision.remaining = (most - decision.full) / interval;
    if (decision.remaining == 0) decision.wait = decision.full + interval - most;
    return decision;
  }
};

}  // namespace marquee::gateway
