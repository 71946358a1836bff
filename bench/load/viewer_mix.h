#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/connections.h"

namespace marquee::bench {

/// A day of viewers with a history (three films each): who comes follows Zipf's law; a sitting is a
/// row of list requests (the page opened, gone back to, opened on another device), with an event
/// after some of them.
struct ViewerMixOptions {
  std::size_t viewers = 2'000;
  double zipf_exponent = 0.9;
  std::size_t sittings = 3'000;
  double lists_per_sitting = 6;  ///< mean of a geometric distribution, at least 1
  double event_share = 0.1;      ///< chance of an event after a list
  std::uint64_t seed = 2;
};

struct ViewerMixResult {
  std::size_t lists = 0;
  std::size_t events = 0;
  std::size_t from_cache = 0;  ///< lists whose source is the cache
  std::size_t failed = 0;
};

/// Sittings go on side by side, each one request at a time; a list after an event names it
/// (min_offset), as the page does.
ViewerMixResult run_viewer_mix(Connections& connections, const std::vector<std::string>& movies,
                               const ViewerMixOptions& options);

}  // namespace marquee::bench
