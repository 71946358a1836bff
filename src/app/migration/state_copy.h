#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/profile_store.h"

namespace marquee::app {

/// A folded state and the table that its films' keys are of.
struct StateSide {
  ProfileStore& profiles;
  MovieTable& movies;
};

/// Called with how many of how many viewers are copied.
using OnViewers = std::function<void(std::uint64_t copied, std::uint64_t all)>;

/// Copies the folded state as it is: profiles, counts, full histories, dead letters, repeats,
/// totals and, last and at once, the cursor. What `to` has is forgotten first; its table must be
/// new. Memory does not grow with the events.
Result<FoldedTotals> copy_state(const StateSide& from, const StateSide& to,
                                const OnViewers& on_viewers);

}  // namespace marquee::app
