#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/recommendation.h"
#include "domain/user_profile.h"
#include "ports/folded_state.h"
#include "retrieval/key_set.h"
#include "retrieval/live_history.h"
#include "retrieval/live_signals.h"
#include "serving/generation.h"

namespace marquee::serving {

/// What each live signal counts for in L2, each scaled by its largest score (ranking/signals.h).
struct LiveWeights {
  // Chosen on ml-latest-small before the window that is reported (./dev bench replay).
  double factors = 0.2;
  double neighbors = 1.0;
  double transitions = 1.0;
};

/// Everything that the scores of L2 depend on besides model, state and viewer.
struct LiveTierOptions {
  std::size_t candidates = 250;  ///< that L2 contributes at most
  LiveWeights live;
  retrieval::HistoryWeights history;
  retrieval::SignalOptions signals;
};

/// What the scores of L2's signals were divided by (ranking::signal_scale()).
struct LiveScales {
  double factors = 1;
  double neighbors = 1;
  double transitions = 1;
};

/// L2 for one viewer.
struct LiveTier {
  std::vector<Candidate> items;  ///< the best `count`, in no particular order
  LiveScales scales;
  std::vector<float> viewer;  ///< folded into the model; empty when nothing speaks for the viewer
};

/// Takes out of `allowed` what the viewer has met or hidden.
void erase_met(const UserProfile& profile, retrieval::KeySet& allowed);

/// The films of `allowed` that `history` speaks for. Errors: those of retrieval::live_candidates().
Result<LiveTier> live_tier(const Generation& generation, const FoldedState& state,
                           const retrieval::LiveHistory& history, std::size_t count,
                           const retrieval::KeySet& allowed, const LiveTierOptions& options);

/// A name for `options` that others have only with the very same numbers; changes also when the
/// arithmetic does.
std::string live_recipe(const LiveTierOptions& options);

}  // namespace marquee::serving
