#pragma once

#include <vector>

#include "serving/cascade.h"

namespace marquee::serving {

/// What each positive of a viewer's history adds to the live score of a film, exactly: their sum
/// and what the negatives take away is the score that L2 gave it, up to rounding.
///
///     share i = Σ over signals of weight / scale · (what positive i adds to that signal)
///
/// (retrieval/contributions.h, retrieval/live_signals.h). Borrows its arguments.
class LiveShares {
 public:
  LiveShares(const Generation& generation, const FoldedState& state,
             const RecommendationService::Options& options, const CascadeList& built);

  /// In the order of built.history.positives; all 0 for a film that the model does not know. Costs
  /// one fold-in.
  std::vector<float> of(MovieKey movie) const;

 private:
  const Generation& generation_;
  const FoldedState& state_;
  const RecommendationService::Options& options_;
  const CascadeList& built_;
};

}  // namespace marquee::serving
