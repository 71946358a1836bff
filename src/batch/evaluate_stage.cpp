#include "batch/evaluate_stage.h"

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

}  // namespace

Result<evaluation::StrongGeneralizationReport> evaluate_stage(const TrainingInput& input,
                                                              formats::Manifest manifest,
                                                              ObjectStore& objects,
                                                              std::size_t workers) {
  MARQUEE_TRY(auto report, evaluation::evaluate_ials(input.matrix, parameters_of(manifest),
                                                     kSplitSeed, workers));
  manifest.metrics = {{"held_out_users", static_cast<double>(report.users)}};
  add_metrics(manifest.metrics, report.ials);
  add_metrics(manifest.metrics, report.popularity);
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return report;
}

}  // namespace marquee::batch
