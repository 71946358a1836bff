#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/transition_counts.h"
#include "models/item_neighbors.h"
#include "retrieval/live_history.h"

namespace marquee::retrieval {

/// How far back the live signals look.
struct SignalOptions {
  double neighbor_decay = 0.9;        ///< the neighbours of a film weigh decay^age …
  double neighbor_floor = 0.05;       ///< … and never less than this
  double negative = 1.0;              ///< what a film turned against takes from its neighbours
  std::size_t transition_films = 10;  ///< of so many films liked last
  double transition_decay = 0.75;     ///< each weighing decay^age
  double transition_shrink = 128;     ///< a film after which little was liked says little
  double transition_half_life_days = 2'500;
};

/// By item row of `neighbors`' model: how like the films of `history` it is, newer ones counting
/// for more, less how like those that the viewer turned against:
///
///     s_t = Σᵢ kindᵢ · max(floor, decay^i) · cos(i, t) − negative · Σⱼ max(floor, decay^ageⱼ) ·
///     cos(j, t)
///
/// over the neighbours kept for each film (models/item_neighbors.h); i counts the positives from
/// the newest.
std::vector<float> neighbor_signal(const models::ItemNeighbors& neighbors,
                                   const LiveHistory& history, std::size_t rows,
                                   const SignalOptions& options);
/// What positive `age` of the history adds to the film of `row`.
float neighbor_share(const models::ItemNeighbors& neighbors, const LivePositive& positive,
                     std::size_t age, std::uint32_t row, const SignalOptions& options);

/// By item row: what viewers liked after the films that this one liked last, a Markov chain whose
/// links fade:
///
///     s_t = Σᵢ kindᵢ · decay^i · c(i → t) / (shrink + Σ c(i → ·))
///
/// c: weights of domain/transition_counts.h, halved every half-life of event time. Films of no row
/// are left out.
std::vector<float> transition_signal(const TransitionCounts& counts, const LiveHistory& history,
                                     std::span<const std::int32_t> row_of_key, std::size_t rows,
                                     const SignalOptions& options);
/// What positive `age` of the history adds to `movie`.
float transition_share(const TransitionCounts& counts, const LivePositive& positive,
                       std::size_t age, MovieKey movie, const SignalOptions& options);

}  // namespace marquee::retrieval
