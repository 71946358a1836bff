#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "batch/training_input.h"
#include "formats/manifest.h"
#include "formats/run_record.h"
#include "models/ials_trainer.h"
#include "ports/object_store.h"

namespace marquee::batch {

struct TrainOptions {
  std::size_t workers = 1;
  std::function<void(const models::EpochReport&)> on_epoch = {};
};

/// Trains on `input` with the run's parameters and writes
/// models/<version>/{item_factors,user_factors,item_neighbors}.parquet, then the manifest, which
/// commits the model. The same run and input give the same bytes, for any number of workers; a
/// repeat keeps what later stages have added to the manifest.
Result<formats::Manifest> train_stage(const TrainingInput& input, const formats::RunRecord& run,
                                      ObjectStore& objects, const TrainOptions& options);

}  // namespace marquee::batch
