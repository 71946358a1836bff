#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "domain/recommendation.h"

namespace marquee::ranking {

/// Where a list shows what nobody could have liked yet: its 5th, 15th, 25th, … place. One in ten
/// costs a list little; without one a new film would never be met and so never be learnt.
inline constexpr std::size_t kExplorationFirst = 4;  ///< counted from 0
inline constexpr std::size_t kExplorationEvery = 10;

/// Puts `fresh`, in this order, into these places of `items`, as far as they reach; the others move
/// down. None of `fresh` may be in `items`. Scores stay: the place is the decision.
void explore(std::vector<Candidate>& items, std::span<const Candidate> fresh);

}  // namespace marquee::ranking
