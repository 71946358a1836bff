#include "batch/evaluate_stage.h"

#include <utility>
#include <vector>

#include "batch/model_store.h"
#include "batch/run.h"
#include "evaluation/artifact_quality.h"

namespace marquee::batch {
namespace {

constexpr std::uint64_t kSplitSeed = 98'765;  // that of Liang et al. 2018 and Rendle et al. 2022

void add_metrics(std::vector<std::pair<std::string, double>>& metrics,
                 const evaluation::RankerQuality& quality) {
  metrics.emplace_back(quality.ranker + "_recall_20", quality.recall_20.mean);
  metrics.emplace_back(quality.ranker + "_recall_50", quality.recall_50.mean);
  metrics.emplace_back(quality.ranker + "_ndcg_100", quality.ndcg_100.mean);
  metrics.emplace_back(quality.ranker + "_coverage_20", quality.coverage_20);
}

/// The parameters of the model in service when the run began; none when there was none or its
/// manifest can't be read.
std::optional<models::IalsParameters> baseline_parameters(const formats::RunRecord& run,
                                                          const ObjectStore& objects) {
  if (!run.baseline || *run.baseline == run.model_version) return std::nullopt;
  const auto manifest = load_manifest(objects, *run.baseline);
  if (!manifest.ok()) return std::nullopt;
  return parameters_of(*manifest);
}

Result<void> compare_with_baseline(const TrainingInput& input, const formats::RunRecord& run,
                                   const ObjectStore& objects, std::size_t workers,
                                   EvaluationReport& report, formats::Manifest::Numbers& metrics) {
  const auto parameters = baseline_parameters(run, objects);
  if (!parameters) return {};
  auto baseline = *report.quality;
  if (*parameters != parameters_of(run)) {
    MARQUEE_TRY(baseline,
                evaluation::evaluate_ials(input.matrix, *parameters, kSplitSeed, workers));
  }
  report.gain =
      evaluation::paired_difference(report.quality->ials_ndcg_100, baseline.ials_ndcg_100);
  metrics.emplace_back(kBaselineNdcg, baseline.ials.ndcg_100.mean);
  metrics.emplace_back(kGainLow, report.gain->low());
  metrics.emplace_back(kGainHigh, report.gain->high());
  return {};
}

Result<void> judge_artifact(const TrainingInput& input, const models::FactorModel& model,
                            std::size_t workers, const EvaluationReport& report,
                            formats::Manifest::Numbers& metrics) {
  MARQUEE_TRY(const std::vector<double> figures,
              evaluation::artifact_ndcg_100(input.matrix, model, {.seed = kSplitSeed}, workers));
  const auto gain = evaluation::paired_difference(figures, report.quality->ials_ndcg_100);
  metrics.emplace_back(kArtifactNdcg, evaluation::estimate(figures).mean);
  metrics.emplace_back(kArtifactGainHigh, gain.high());
  return {};
}

bool is_too_little(const Error& error) {
  return error.code == ErrorCode::kFailedPrecondition || error.code == ErrorCode::kInvalidArgument;
}

}  // namespace

Result<EvaluationReport> evaluate_stage(const TrainingInput& input, const formats::RunRecord& run,
                                        ObjectStore& objects, std::size_t workers) {
  MARQUEE_TRY(formats::Manifest manifest, load_manifest(objects, run.model_version));
  MARQUEE_TRY(const models::FactorModel model, load_model(objects, manifest));
  EvaluationReport report;
  auto quality = evaluation::evaluate_ials(input.matrix, parameters_of(run), kSplitSeed, workers);
  if (quality.ok()) {
    manifest.metrics = {{"held_out_users", static_cast<double>(quality->users)}};
    add_metrics(manifest.metrics, quality->ials);
    add_metrics(manifest.metrics, quality->popularity);
    report.quality = *std::move(quality);
    MARQUEE_CHECK(compare_with_baseline(input, run, objects, workers, report, manifest.metrics));
    MARQUEE_CHECK(judge_artifact(input, model, workers, report, manifest.metrics));
  } else if (is_too_little(quality.error())) {
    manifest.metrics = {{"held_out_users", 0}};
    report.not_measured = quality.error().message;
  } else {
    return quality.error();
  }
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return report;
}

}  // namespace marquee::batch
