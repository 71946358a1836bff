#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/rng.h"
#include "bench/load/http_client.h"

namespace marquee::bench {

/// What viewers do within one lifetime of a cached list (an hour): they come back as often as Zipf
/// says, ask for several lists a visit, and act on some of them.
struct Browsing {
  std::string name;  ///< begins the viewers' ids: nobody is shared between two
  std::size_t viewers = 2'000;
  double zipf = 1.0;  ///< viewer r comes with weight 1 / r^zipf
  std::size_t sessions = 3'000;
  double lists_per_session = 6;  ///< on average, geometric, at least 1
  double events_per_list = 0.1;  ///< after a list, with this chance
};

struct CacheUse {
  std::uint64_t hits = 0;  ///< lists answered from L1, by the server's own count
  std::uint64_t misses = 0;
  std::uint64_t events = 0;
  double hit_rate() const { return static_cast<double>(hits) / static_cast<double>(hits + misses); }
};

/// Every list after an event is asked for with the event's offset, as the page does.
CacheUse browse(HttpClient& client, const Browsing& browsing, Rng& rng);

}  // namespace marquee::bench
