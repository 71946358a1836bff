#pragma once

#include <cstddef>
#include <functional>

#include "models/factor_model.h"
#include "models/interaction_matrix.h"

namespace marquee::models {

/// What training reports after every epoch.
struct EpochReport {
  std::int32_t epoch = 0;  ///< 1-based
  double loss = 0;         ///< the objective of IalsParameters, in double
  double seconds = 0;
};

/// Trains by alternating least squares: each half-step of an epoch takes kGradientSteps of
/// conjugate gradients towards every row's solution, from where the epoch before left the row
/// (viewers begin at zero); at last the viewers' rows are solved by Cholesky, as fold_in does. The
/// same matrix, parameters and CPU give the same bits for any number of workers.
/// kInvalidArgument for an empty matrix or parameters out of range; kInternal when a row cannot be
/// solved.
Result<FactorModel> train_ials(const InteractionMatrix& matrix, const IalsParameters& parameters,
                               const ModelVersion& version, std::size_t workers,
                               const std::function<void(const EpochReport&)>& on_epoch = {});

}  // namespace marquee::models
