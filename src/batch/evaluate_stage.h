#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "batch/training_input.h"
#include "evaluation/paired_comparison.h"
#include "evaluation/strong_generalization.h"
#include "formats/manifest.h"
#include "formats/run_record.h"
#include "ports/object_store.h"

namespace marquee::batch {

// Metrics of a manifest that compare the model with the one in service when its run began.
inline constexpr const char* kComparedUsers = "compared_users";
inline constexpr const char* kCandidateNdcg = "candidate_ndcg_100";
inline constexpr const char* kBaselineNdcg = "baseline_ndcg_100";
inline constexpr const char* kNdcgGainLow = "ndcg_100_gain_low";  ///< 95 % interval, by viewer
inline constexpr const char* kNdcgGainHigh = "ndcg_100_gain_high";

/// What evaluate found out.
struct EvaluationReport {
  /// How well the parameters serve viewers that training never saw, beside popularity; none when
  /// there are too few viewers to hold any out, `not_measured` says so.
  std::optional<evaluation::StrongGeneralizationReport> quality;
  std::string not_measured;
  /// Candidate and model in service on the same viewers; none without a model in service that can
  /// be read.
  std::optional<evaluation::PairedComparison> against_baseline;
};

/// Measures a run's model: its parameters on held-out viewers (strong generalisation), and the
/// model itself against run.baseline, both folding in the same histories and looking for the same
/// targets. Puts the figures in the manifest's metrics in place of earlier ones. The comparison
/// asks whether the artifact is fit to serve, not how good it is: both models were trained on the
/// viewers they are compared on.
///
/// A baseline that is missing or damaged is no error: there is nothing to compare with then.
Result<EvaluationReport> evaluate_stage(const TrainingInput& input, const formats::RunRecord& run,
                                        ObjectStore& objects, std::size_t workers);

}  // namespace marquee::batch
