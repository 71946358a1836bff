#pragma once

#include <vector>

#include "domain/user_profile.h"
#include "retrieval/live_history.h"
#include "serving/catalog_view.h"

namespace marquee::serving {

/// Where a viewer's taste points when the model knows none of the films that the viewer likes:
///
///     x = Σ max(floor, decayⁿ) · dₙ        n = how many films were liked since
///
/// dₙ the film's direction by its first viewers (`directions`) or else by its description. k
/// numbers whose length says nothing; empty when no film says anything. `pinned` has a generation.
std::vector<float> described_taste(const UserProfile& profile, const Pinned& pinned,
                                   const retrieval::NewFilms& directions,
                                   const retrieval::HistoryWeights& weights);

}  // namespace marquee::serving
