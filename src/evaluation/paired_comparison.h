#pragma once

#include <cstddef>

#include "base/result.h"
#include "evaluation/estimate.h"
#include "evaluation/user_split.h"
#include "models/factor_model.h"
#include "models/interaction_matrix.h"

namespace marquee::evaluation {

/// Two models on the same viewers.
struct PairedComparison {
  Estimate candidate_ndcg_100;
  Estimate baseline_ndcg_100;
  Estimate gain;  ///< candidate − baseline, paired by viewer
};

/// Both models fold in the history of each test viewer of split_users(matrix, options) and rank the
/// films of its training part, without those of the history; a film that a model does not know is
/// missing from its lists. The models may differ in rank and films, and may have been trained on
/// these viewers. Does not depend on `workers`. Errors: those of split_users; kFailedPrecondition
/// when no viewer is held out.
Result<PairedComparison> compare_models(const models::InteractionMatrix& matrix,
                                        const models::FactorModel& candidate,
                                        const models::FactorModel& baseline,
                                        const SplitOptions& options, std::size_t workers);

}  // namespace marquee::evaluation
