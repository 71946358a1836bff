#include <fmt/format.h>

#include "app/doctor/checks.h"
#include "app/storage/storage.h"
#include "batch/model_store.h"
#include "retrieval/vector_recall.h"
#include "serving/generation.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kRetrievalCheck = "retrieval";
constexpr std::size_t kRecallAt = 100;
constexpr std::size_t kQueries = 50;
constexpr double kRecallWanted = 0.9;

Result<retrieval::RecallReport> measure(Storage& storage, const ModelVersion& version,
                                        const VectorSearch& index) {
  MARQUEE_TRY(const auto manifest, batch::load_manifest(*storage.objects, version));
  MARQUEE_TRY(auto model, batch::load_model(*storage.objects, manifest));
  const auto generation = serving::make_generation(
      std::make_shared<const models::FactorModel>(std::move(model)), storage.movies);
  const auto queries = retrieval::sample_queries(*generation->model, kQueries);
  return retrieval::recall_at(kRecallAt, index, *generation->search, queries);
}

}  // namespace

void check_retrieval(Storage& storage, Report& report) {
  if (!storage.stores->open_search) return;
  const auto current = storage.stores->models.current();
  if (!current.ok() || !*current) return;  // the model's own check says so
  const ModelVersion& version = **current;
  const auto index = storage.stores->open_search(version);
  if (!index.ok()) {
    return report.warning(kRetrievalCheck, version.value(), index.error().message,
                          "until it has vectors candidates come from the own sweep; marquee serve "
                          "writes them when it starts");
  }
  const auto measured = measure(storage, version, **index);
  if (!measured.ok()) {
    return report.warning(
        kRetrievalCheck, version.value(),
        "its vectors are there; measuring recall failed: " + measured.error().message,
        "try again when PostgreSQL has less to do");
  }
  const std::string said = fmt::format(
      "pgvector finds {:.1f} % of the exact best {}, in {} µs (median), {} µs (p99)",
      100 * measured->recall, kRecallAt, measured->median.count(), measured->p99.count());
  if (measured->recall >= kRecallWanted) return report.ok(kRetrievalCheck, version.value(), said);
  report.warning(kRetrievalCheck, version.value(), said, "raise retrieval.ef_search");
}

}  // namespace marquee::app::doctor
