#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "batch/training_input.h"
#include "evaluation/estimate.h"
#include "evaluation/strong_generalization.h"
#include "formats/manifest.h"
#include "formats/run_record.h"
#include "ports/object_store.h"

namespace marquee::batch {

// Metrics of a manifest that the gate reads; what they are of stands at evaluate_stage.
inline constexpr const char* kCandidateNdcg = "ials_ndcg_100";
inline constexpr const char* kBaselineNdcg = "baseline_ndcg_100";
inline constexpr const char* kGainLow = "ndcg_100_gain_low";  ///< 95 % interval, by viewer
inline constexpr const char* kGainHigh = "ndcg_100_gain_high";
inline constexpr const char* kArtifactNdcg = "artifact_ndcg_100";
inline constexpr const char* kArtifactGainHigh = "artifact_ndcg_100_gain_high";

/// What evaluate found out.
struct EvaluationReport {
  /// None when there are too few viewers to hold any out; `not_measured` says so.
  std::optional<evaluation::StrongGeneralizationReport> quality;
  std::string not_measured;
  /// Candidate − model in service, by viewer; none without one that can be read.
  std::optional<evaluation::Estimate> gain;
};

/// Measures a run's model on held-out viewers and puts the figures in its manifest's metrics in
/// place of earlier ones:
///
///   quality   its parameters, trained without these viewers (strong generalisation), beside
///             popularity and beside the parameters of run.baseline, trained on the same data and
///             compared viewer by viewer
///   artifact  the model itself on the same viewers, whom it has seen: compared with the one above
///             that has not, which it must not fall short of
///
/// A baseline that is missing or damaged is no error: there is nothing to compare with then.
Result<EvaluationReport> evaluate_stage(const TrainingInput& input, const formats::RunRecord& run,
                                        ObjectStore& objects, std::size_t workers);

}  // namespace marquee::batch
