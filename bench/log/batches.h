#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.h"
#include "ports/event_log.h"

namespace marquee::bench {

/// What one request brings, and the bytes that the log makes of it.
struct Batch {
  std::vector<PendingEvent> events;
  std::vector<std::byte> frame;
};

/// `count` batches of `size` events each: viewers who watch, rate and click in a session, from a
/// list or not, every id new.
std::vector<Batch> make_batches(std::size_t count, std::size_t size, Rng& rng);

}  // namespace marquee::bench
