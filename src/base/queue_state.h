#pragma once

#include <cstdint>

namespace marquee {

/// How full something is that has a limit, and how often it turned somebody away.
struct QueueState {
  std::uint64_t depth = 0;
  std::uint64_t limit = 0;
  std::uint64_t refused = 0;  ///< since the start, in the unit of the other two

  bool operator==(const QueueState&) const = default;
};

}  // namespace marquee
