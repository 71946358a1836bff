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

/// Trains by exact alternating least squares: every half-step solves each row's normal equations by
/// Cholesky. The same matrix, parameters and CPU give the same bits for any number of workers.
/// kInvalidArgument for an empty matrix or parameters out of range; kInternal when a row cannot be
/// solved.
Result<FactorModel> train_ials(const InteractionMatrix& matrix, const IalsParameters& parameters,
                               const ModelVersion& version, std::size_t workers,
                               const std::function<void(const EpochReport&)>& on_epoch = {});

}  // namespace marquee::models
