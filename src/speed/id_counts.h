#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/ids.h"

namespace marquee::speed {

/// Whether an id may be among those added and not removed: a counting Bloom filter with one hash
/// (Fan et al., Summary Cache, 2000). "No" is certain; "yes" is wrong for as large a share of ids
/// as the held ones fill of the slots. Not thread-safe.
class IdCounts {
 public:
  /// 256 KiB. With more ids than 2^32 - 1 in one slot it would not be right any more.
  IdCounts() : counts_(std::size_t{1} << 16) {}

  void add(const EventId& id) { ++slot_of(id); }
  /// Of an id that was added and not removed since.
  void remove(const EventId& id) { --slot_of(id); }
  bool may_hold(const EventId& id) const { return counts_[place_of(id)] > 0; }

 private:
  std::size_t place_of(const EventId& id) const {
    return std::hash<EventId>{}(id) % counts_.size();
  }
  std::uint32_t& slot_of(const EventId& id) { return counts_[place_of(id)]; }

  std::vector<std::uint32_t> counts_;
};

}  // namespace marquee::speed
