#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/factor_model.h"
#include "models/item_neighbors.h"
#include "ports/folded_state.h"
#include "ports/vector_search.h"
#include "retrieval/key_set.h"
#include "retrieval/live_history.h"
#include "retrieval/live_signals.h"

namespace marquee::retrieval {

/// What the live tier draws on: one generation, and the folded state of this moment.
struct LiveSources {
  const models::FactorModel& model;
  const VectorSearch& search;
  const models::ItemNeighbors& neighbors;
  std::span<const std::int32_t> row_of_key;  ///< item row by film, -1 for none
  std::span<const MovieKey> key_of_row;
  const FoldedState& state;
};

/// Films that any signal speaks for, with what each says of them: entry n of every array is of
/// movies[n]. Scores are comparable within one signal of one answer only.
struct LiveCandidates {
  std::vector<float> viewer;       ///< x; empty when nothing speaks for the viewer
  std::vector<MovieKey> movies;    ///< ascending item rows
  std::vector<float> factors;      ///< x·y, x the viewer folded into the model (models/fold_in.h)
  std::vector<float> neighbors;    ///< neighbor_signal()
  std::vector<float> transitions;  ///< transition_signal()
};

/// L2: of `allowed`, the best `count` films for the viewer's folded-in vector, and the best `count`
/// by neighbours and transitions together (and a few that are nearly as good). Empty when nothing
/// speaks for the viewer. Errors: those of fold_in() and of the search.
Result<LiveCandidates> live_candidates(const LiveSources& sources, const LiveHistory& history,
                                       std::size_t count, const KeySet& allowed,
                                       const SignalOptions& options);

}  // namespace marquee::retrieval
