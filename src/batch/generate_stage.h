#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/result.h"
#include "batch/training_input.h"
#include "formats/manifest.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// Makes the top `top_n` of every viewer of the model, without the films of their positives in
/// `input`, writes batch-recs-history/YYYY-MM-DD/<version>.parquet and adds it to the manifest.
/// Returns the number of lists.
Result<std::size_t> generate_stage(const TrainingInput& input, formats::Manifest manifest,
                                   ObjectStore& objects, std::size_t top_n, std::size_t workers);

}  // namespace marquee::batch
