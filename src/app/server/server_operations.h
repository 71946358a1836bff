#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "api/operations.h"
#include "app/background/canary.h"
#include "app/background/folding.h"
#include "app/background/indexed_search.h"
#include "app/storage/cache.h"
#include "app/storage/storage.h"
#include "base/clock.h"
#include "batch/publish_stage.h"
#include "ingest/ingestor.h"
#include "serving/recommendation_service.h"

namespace marquee::app {

/// What operators may do to a running server, and what it tells of its health. Model and catalogue
/// changes are made durable first, then shown to requests. Thread-safe.
class ServerOperations final : public api::Operations {
 public:
  struct Parts {
    Storage& storage;
    const Clock& clock;
    ingest::Ingestor& ingestor;
    Folding& folding;
    serving::RecommendationService& service;
    const Cache& cache;
    std::size_t keep_generations;
    std::function<Result<void>()> log_check;  ///< what the scrub knows of the log's files
    IndexedSearch* indexed = nullptr;         ///< null: candidates come from the own sweep
  };
  explicit ServerOperations(Parts parts);

  /// Serves the model the registry names. Ok without one; what is wrong with a damaged or missing
  /// one is returned and told by health(), and popular titles are served.
  Result<void> load_current_model();
  /// Shows the stored catalogue.
  Result<void> load_catalog();
  void set_ready(bool ready) { ready_ = ready; }
  /// Whose failures make `state` degraded; before the server answers. It must outlive its calls.
  void set_canary(const Canary* canary) { canary_ = canary; }

  Result<api::Audit> audit() override;
  Result<Models> models() override;
  Result<void> promote(const ModelVersion& version) override;
  Result<ModelVersion> rollback() override;
  void invalidate_cache() override { parts_.cache.lists->clear(); }
  Result<void> put_movie(const Movie& movie) override;
  Result<void> hide_movie(const MovieId& id) override;
  Health health() const override;
  std::optional<Freshness> canary() const override;
  std::optional<std::int64_t> model_created_ms() const override;
  std::string dataset() const override;

 private:
  void serve(batch::ServableModel servable);
  api::DependencyHealth status_of(const std::string& name, const Result<void>& health,
                                  const char* when_failed) const;

  const Parts parts_;
  const std::int64_t started_ms_;
  const Canary* canary_ = nullptr;
  std::mutex changes_;  ///< one change of model or catalogue at a time
  std::atomic<bool> ready_ = false;
  mutable std::mutex health_mutex_;
  Result<void> model_health_;
  std::optional<std::int64_t> model_created_ms_;
  std::string dataset_;
  /// By dependency: its status and since when.
  mutable std::map<std::string, std::pair<std::string, std::int64_t>> since_;
};

}  // namespace marquee::app
