#pragma once

#include "domain/recommendation.h"
#include "serving/cascade.h"

namespace marquee::serving {

/// Says for every row of `list`, which was made from `built`, why it is there: the film of the
/// viewer's own history with the largest share in the row's live score (retrieval/contributions.h),
/// else what the tier knows. Costs one fold-in a row.
void add_reasons(const Pinned& pinned, const CascadeList& built, RecommendationList& list);

}  // namespace marquee::serving
