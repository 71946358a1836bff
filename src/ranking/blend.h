#pragma once

#include <span>
#include <vector>

#include "domain/movie_table.h"
#include "domain/recommendation.h"

namespace marquee::ranking {

/// Scores stretched to [0, 1]: the best becomes 1, the worst 0; all equal (or only one): all 1.
/// Non-finite scores count as the worst. Keeps the order of `candidates`.
std::vector<Candidate> min_max_normalized(std::span<const Candidate> candidates);

/// The blend of design §5: each tier is normalised over its own candidates, a film missing from a
/// tier scores 0 there, and
///
///     score = batch_weight · batch + (1 − batch_weight) · realtime
///
/// Best first, ties by movie id. An empty tier gives its weight to the other. A film that a tier
/// names twice keeps its better score. `batch_weight` is in [0, 1], so scores are too.
std::vector<Candidate> blend(std::span<const Candidate> batch, std::span<const Candidate> realtime,
                             double batch_weight, const MovieTable& movies);

/// Sorts best first, ties by movie id (as text): the one order of every list.
void sort_best_first(std::vector<Candidate>& candidates, const MovieTable& movies);

}  // namespace marquee::ranking
