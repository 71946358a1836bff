#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/result.h"
#include "batch/training_input.h"
#include "formats/manifest.h"
#include "ports/object_store.h"

namespace marquee::batch {

struct GenerateOptions {
  std::size_t top_n = 0;
  std::size_t workers = 1;
  std::size_t viewers_at_once = 16'384;  ///< whose lists are held before they are written
};

/// Makes the top `top_n` of every viewer of the model, without the films of their positives in
/// `input`, writes batch-recs-history/YYYY-MM-DD/<version>.parquet and adds it to the manifest.
/// The bytes depend on `top_n` alone of the options. Returns the number of lists.
Result<std::size_t> generate_stage(const TrainingInput& input, formats::Manifest manifest,
                                   ObjectStore& objects, const GenerateOptions& options);

}  // namespace marquee::batch
