#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "evaluation/user_split.h"
#include "models/factor_model.h"
#include "models/interaction_matrix.h"

namespace marquee::evaluation {

/// NDCG@100 of a finished model for each test viewer of split_users(matrix, options), in their
/// order: it folds in the viewer's history and ranks the films of the split's training part,
/// without those of the history; a film that the model does not know is missing from its lists. The
/// model may have been trained on these viewers, so this says whether the artifact is fit to serve,
/// and not how good it is. Does not depend on `workers`. Errors: those of split_users;
/// kFailedPrecondition when no viewer is held out.
Result<std::vector<double>> artifact_ndcg_100(const models::InteractionMatrix& matrix,
                                              const models::FactorModel& model,
                                              const SplitOptions& options, std::size_t workers);

}  // namespace marquee::evaluation
