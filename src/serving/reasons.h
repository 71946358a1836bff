#pragma once

#include "domain/recommendation.h"
#include "serving/live_shares.h"

namespace marquee::serving {

/// Says for every row of `list`, which was made from `built`, why it is there: the film of the
/// viewer's own history with the largest share in the row's live score, else what the tier knows.
/// `shares` is of `built`, and null without a generation. Costs one fold-in a row.
void add_reasons(const Pinned& pinned, const CascadeList& built, const LiveShares* shares,
                 RecommendationList& list);

}  // namespace marquee::serving
