#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "datasets/synthetic_world.h"
#include "domain/event.h"

namespace marquee::datasets {

/// Everything one invented viewer rates: `ratings` of them at most, in order of time, no film
/// twice. The viewer has a taste that drifts, a mood each evening, an own idea of what the stars
/// mean, and rates in bursts. Times end with 2024, whatever the date is.
std::vector<Event> make_viewer_events(const SyntheticWorld& world, const UserId& user,
                                      std::size_t ratings, Rng rng);

}  // namespace marquee::datasets
