#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "batch/training_input.h"
#include "formats/manifest.h"
#include "models/factor_model.h"
#include "models/ials_trainer.h"
#include "ports/object_store.h"

namespace marquee::batch {

struct TrainOptions {
  models::IalsParameters parameters;
  std::size_t workers = 1;
  std::function<void(const models::EpochReport&)> on_epoch;
};

/// The version of a run that starts at `wall_ms` (UTC): "als_20250103_0200"; with a suffix "-2",
/// "-3", … when the minute has a model already.
Result<ModelVersion> new_version(const ObjectStore& objects, std::int64_t wall_ms);

/// Trains on `input` and writes
/// models/<version>/{item_factors,user_factors,item_neighbors}.parquet, then the manifest, which
/// commits the model. The same input, parameters and version give the same factors.
Result<formats::Manifest> train_stage(const TrainingInput& input, const ModelVersion& version,
                                      ObjectStore& objects, const Clock& clock,
                                      const TrainOptions& options);

}  // namespace marquee::batch
