#pragma once

#include <cstdint>
#include <vector>

#include "domain/movie_counts.h"
#include "domain/recommendation.h"

namespace marquee::models {

struct PopularityOptions {
  double half_life_days = 365;  ///< chosen on ml-latest-small, as the live weights were
  double floor = 0.05;          ///< share of a viewer's weight that never decays
};

/// Films by decayed popularity on event time: Σ count(day) · (floor +
/// (1−floor)·2^(−age/half_life)), age counted from the latest day in `counts`. The floor keeps one
/// click of today from beating yesterday's hundreds on a data set that ended years ago. Best first,
/// ties by smaller key; films without a viewer are left out.
std::vector<Candidate> rank_by_popularity(const MovieCounts& counts,
                                          const PopularityOptions& options);

}  // namespace marquee::models
