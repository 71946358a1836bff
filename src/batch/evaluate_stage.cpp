#include "batch/evaluate_stage.h"

#include <utility>

#include "batch/model_store.h"

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

void add_metrics(std::vector<std::pair<std::string, double>>& metrics,
                 const evaluation::PairedComparison& compared) {
  metrics.emplace_back(kComparedUsers, static_cast<double>(compared.gain.users));
  metrics.emplace_back(kCandidateNdcg, compared.candidate_ndcg_100.mean);
  metrics.emplace_back(kBaselineNdcg, compared.baseline_ndcg_100.mean);
  metrics.emplace_back(kNdcgGainLow, compared.gain.low());
  metrics.emplace_back(kNdcgGainHigh, compared.gain.high());
}

/// The model in service when the run began; none when there was none or it can't be read.
std::optional<models::FactorModel> load_baseline(const formats::RunRecord& run,
                                                 const ObjectStore& objects) {
  if (!run.baseline || *run.baseline == run.model_version) return std::nullopt;
  const auto manifest = load_manifest(objects, *run.baseline);
  if (!manifest.ok()) return std::nullopt;
  auto model = load_model(objects, *manifest);
  if (!model.ok()) return std::nullopt;
  return *std::move(model);
}

}  // namespace

Result<EvaluationReport> evaluate_stage(const TrainingInput& input, const formats::RunRecord& run,
                                        ObjectStore& objects, std::size_t workers) {
  MARQUEE_TRY(formats::Manifest manifest, load_manifest(objects, run.model_version));
  MARQUEE_TRY(const models::FactorModel candidate, load_model(objects, manifest));
  EvaluationReport report;
  manifest.metrics = {{"held_out_users", 0}};
  auto quality =
      evaluation::evaluate_ials(input.matrix, parameters_of(manifest), kSplitSeed, workers);
  if (quality.ok()) {
    manifest.metrics.front().second = static_cast<double>(quality->users);
    add_metrics(manifest.metrics, quality->ials);
    add_metrics(manifest.metrics, quality->popularity);
    report.quality = *std::move(quality);
    if (const auto baseline = load_baseline(run, objects)) {
      MARQUEE_TRY(report.against_baseline,
                  evaluation::compare_models(input.matrix, candidate, *baseline,
                                             {.seed = kSplitSeed}, workers));
      add_metrics(manifest.metrics, *report.against_baseline);
    }
  } else if (quality.error().code == ErrorCode::kFailedPrecondition ||
             quality.error().code == ErrorCode::kInvalidArgument) {
    report.not_measured = quality.error().message;
  } else {
    return quality.error();
  }
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return report;
}

}  // namespace marquee::batch
