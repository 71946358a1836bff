#pragma once

#include <cstddef>

#include "base/result.h"
#include "batch/training_input.h"
#include "evaluation/strong_generalization.h"
#include "formats/manifest.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// Measures the model's parameters on held-out viewers (strong generalisation), beside popularity,
/// and adds the figures to the manifest's metrics.
Result<evaluation::StrongGeneralizationReport> evaluate_stage(const TrainingInput& input,
                                                              formats::Manifest manifest,
                                                              ObjectStore& objects,
                                                              std::size_t workers);

}  // namespace marquee::batch
