#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "domain/recommendation.h"

namespace marquee::ranking {

/// Vector of a film; empty when it has none. All others have one length.
using FilmVector = std::function<std::span<const float>(MovieKey)>;

/// Re-ranks by maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998): picks one film after
/// the other, each time the one of largest
///
///     λ · score − (1 − λ) · max over the picked of cos(film, picked),   λ = 1 − diversity / 2
///
/// so that diversity 0 changes nothing and 1 weighs relevance and novelty alike. `candidates` is
/// best first with scores in [0, 1]; scores are kept, only the order changes. At most `count` come
/// back. Equal values keep their order. A film without a vector is unlike every other. Cost:
/// count · |candidates| · k.
std::vector<Candidate> diversify(std::span<const Candidate> candidates, std::size_t count,
                                 double diversity, const FilmVector& vector_of);

}  // namespace marquee::ranking
