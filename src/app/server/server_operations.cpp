#include "app/server/server_operations.h"

#include <utility>

#include <fmt/format.h>

#include "app/server/audit.h"
#include "app/storage/publish_ports.h"
#include "batch/model_store.h"

namespace marquee::app {

ServerOperations::ServerOperations(Parts parts)
    : parts_(parts), started_ms_(parts.clock.wall_ms()) {}

void ServerOperations::serve(batch::ServableModel servable) {
  const auto manifest = batch::load_manifest(*parts_.storage.objects, servable.model.version());
  serving::SearchMaker search_by;
  if (parts_.indexed != nullptr) {
    search_by = [this](const auto& generation) { return parts_.indexed->search_of(generation); };
  }
  parts_.service.set_generation(serving::make_generation(
      std::make_shared<const models::FactorModel>(std::move(servable.model)), parts_.storage.movies,
      std::make_shared<const models::ItemNeighbors>(std::move(servable.neighbors)), search_by));
  const std::lock_guard lock(health_mutex_);
  model_health_ = {};
  if (manifest.ok()) model_created_ms_ = manifest->created_at_ms;
}

Result<void> ServerOperations::load_current_model() {
  const std::lock_guard lock(changes_);
  auto loaded = [this]() -> Result<void> {
    MARQUEE_TRY(const auto current, parts_.storage.stores->models.current());
    if (!current) {
      return Error{ErrorCode::kNotFound,
                   "there is no model yet: serving popular titles until `marquee batch run` "
                   "publishes one"};
    }
    MARQUEE_TRY(const auto manifest, batch::load_manifest(*parts_.storage.objects, *current));
    MARQUEE_TRY(auto model, batch::load_servable(*parts_.storage.objects, manifest));
    serve(std::move(model));
    return {};
  }();
  if (loaded.ok()) return {};
  const std::lock_guard health_lock(health_mutex_);
  model_health_ = loaded.error();
  return loaded;
}

Result<void> ServerOperations::load_catalog() {
  MARQUEE_TRY(auto films, parts_.storage.stores->catalog.load());
  MARQUEE_TRY(auto dataset, parts_.storage.stores->catalog.dataset());
  parts_.service.set_catalog(serving::make_catalog(std::move(films), parts_.storage.movies));
  const std::lock_guard lock(health_mutex_);
  dataset_ = std::move(dataset);
  return {};
}

Result<api::Audit> ServerOperations::audit() {
  const ingest::Ingestor::Totals door = parts_.ingestor.totals();
  MARQUEE_TRY(const FoldedTotals folded, parts_.folding.profiles().totals());
  MARQUEE_TRY(api::Audit audit, audit_of(*parts_.storage.log, folded));
  audit.received = door.received;
  audit.duplicate = door.duplicate;
  audit.rejected = door.rejected;
  audit.accepted_here = door.accepted;
  return audit;
}

Result<api::Operations::Models> ServerOperations::models() {
  const auto& registry = parts_.storage.stores->models;
  Models models;
  MARQUEE_TRY(models.models, registry.list());
  MARQUEE_TRY(models.current, registry.current());
  MARQUEE_TRY(models.previous, registry.previous());
  return models;
}

Result<void> ServerOperations::promote(const ModelVersion& version) {
  const std::lock_guard lock(changes_);
  MARQUEE_TRY(auto model, batch::publish_stage(
                              publish_ports(parts_.storage, parts_.keep_generations), version));
  serve(std::move(model));
  return {};
}

Result<ModelVersion> ServerOperations::rollback() {
  const std::lock_guard lock(changes_);
  MARQUEE_TRY(auto model, batch::rollback(publish_ports(parts_.storage, parts_.keep_generations)));
  ModelVersion version = model.model.version();
  serve(std::move(model));
  return version;
}

Result<void> ServerOperations::put_movie(const Movie& movie) {
  const std::lock_guard lock(changes_);
  Movie added = movie;
  added.added_at_ms = parts_.clock.wall_ms();
  MARQUEE_CHECK(parts_.storage.stores->catalog.upsert(std::span(&added, 1)));
  MARQUEE_CHECK(load_catalog());
  parts_.cache.lists->clear();
  return {};
}

Result<void> ServerOperations::hide_movie(const MovieId& id) {
  const std::lock_guard lock(changes_);
  MARQUEE_CHECK(parts_.storage.stores->catalog.hide(id));
  MARQUEE_CHECK(load_catalog());
  parts_.cache.lists->clear();
  return {};
}

api::DependencyHealth ServerOperations::status_of(const std::string& name,
                                                  const Result<void>& health,
                                                  const char* when_failed) const {
  api::DependencyHealth dependency;
  dependency.status = health.ok() ? "ok" : when_failed;
  dependency.detail = health.ok() ? "" : health.error().message;
  const auto [known, first] = since_.try_emplace(name, dependency.status, started_ms_);
  if (!first && known->second.first != dependency.status) {
    known->second = {dependency.status, parts_.clock.wall_ms()};
  }
  dependency.since_ms = known->second.second;
  return dependency;
}

api::Operations::Health ServerOperations::health() const {
  Result<void> state = parts_.storage.stores->health();
  if (state.ok()) state = parts_.folding.health();
  if (state.ok() && canary_ != nullptr) state = canary_->health();
  const std::lock_guard lock(health_mutex_);
  Health health;
  const Result<void> log = parts_.storage.log->health();
  // A full disk is no end: the log takes events again as soon as there is room.
  const bool full = !log.ok() && log.error().code == ErrorCode::kResourceExhausted;
  health.events = log.ok() ? status_of("events", parts_.log_check(), "degraded")
                           : status_of("events", log, full ? "degraded" : "down");
  health.state = status_of("state", state, "degraded");
  if (state.ok() && parts_.folding.is_folded_by_spark()) {
    health.state.detail = Folding::kFoldedBySpark;
  }
  health.cache = status_of("cache", parts_.cache.health(), "degraded");
  if (const auto near = parts_.cache.near_health(); health.cache.detail.empty() && !near.ok()) {
    health.cache.detail = near.error().message;  // the cache is used all the same
  }
  health.objects = status_of("objects", parts_.storage.objects_health(), "degraded");
  health.model = status_of("model", model_health_, "degraded");
  if (parts_.indexed != nullptr) {
    health.retrieval = status_of("retrieval", parts_.indexed->health(), "degraded");
  }
  health.ready = ready_;
  return health;
}

std::optional<api::Operations::Freshness> ServerOperations::canary() const {
  if (canary_ == nullptr) return std::nullopt;
  return canary_->report();
}

std::optional<std::int64_t> ServerOperations::model_created_ms() const {
  const std::lock_guard lock(health_mutex_);
  return model_created_ms_;
}

std::string ServerOperations::dataset() const {
  const std::lock_guard lock(health_mutex_);
  return dataset_;
}

}  // namespace marquee::app
