#include "batch/publish_stage.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "batch/factor_generation.h"
#include "batch/gate.h"
#include "formats/parquet.h"

namespace marquee::batch {
namespace {

/// Drops the lists of all but the newest `keep_generations`, the current and the previous one.
Result<void> drop_old_lists(const PublishPorts& ports) {
  MARQUEE_TRY(const auto current, ports.registry.current());
  MARQUEE_TRY(const auto previous, ports.registry.previous());
  MARQUEE_TRY(auto generations, ports.feed.generations());
  std::sort(generations.rbegin(), generations.rend());
  for (std::size_t i = ports.keep_generations; i < generations.size(); ++i) {
    if (generations[i] == current || generations[i] == previous) continue;
    MARQUEE_CHECK(ports.feed.drop(generations[i]));
  }
  return {};
}

/// Vectors go with the lists of their generation.
Result<void> drop_old_factors(const PublishPorts& ports) {
  if (ports.factors == nullptr) return {};
  MARQUEE_TRY(const auto lists, ports.feed.generations());
  MARQUEE_TRY(const auto present, ports.factors->generations());
  for (const FactorGeneration& vectors : present) {
    if (std::ranges::find(lists, vectors.generation) != lists.end()) continue;
    MARQUEE_CHECK(ports.factors->drop(vectors.generation));
  }
  return {};
}

/// Nothing where nobody searches them.
Result<void> write_vectors(const PublishPorts& ports, const models::FactorModel& model,
                           FactorStore::IfPresent if_present) {
  if (ports.factors == nullptr || !ports.writes_factors) return {};
  return write_factors(model, *ports.factors, if_present);
}

Result<std::optional<formats::Manifest>> manifest_in_service(const ObjectStore& objects,
                                                             const ModelRegistry& registry) {
  MARQUEE_TRY(const auto current, registry.current());
  if (!current) return std::optional<formats::Manifest>();
  auto manifest = load_manifest(objects, *current);
  if (!manifest.ok() && manifest.error().code == ErrorCode::kNotFound) {
    return std::optional<formats::Manifest>();
  }
  if (!manifest.ok()) return manifest.error();
  return std::optional(*std::move(manifest));
}

Result<bool> has_served(const ModelRegistry& registry, const ModelVersion& version) {
  MARQUEE_TRY(const auto models, registry.list());
  return std::any_of(models.begin(), models.end(), [&](const ModelRecord& model) {
    return model.version == version && model.promoted_at_ms.has_value();
  });
}

}  // namespace

Result<void> write_generation(const ObjectStore& objects, FeedStore& feed,
                              const formats::Manifest& manifest) {
  const formats::Manifest::File* const lists = lists_of(manifest);
  if (lists == nullptr) return {};
  MARQUEE_TRY(const auto bytes, get_file(objects, *lists));
  MARQUEE_TRY(const auto reader, formats::RecommendationsReader::open(bytes));
  std::vector<formats::RecommendationRow> rows;
  std::size_t next = 0;
  return feed.put(manifest.version,
                  [&]() -> Result<std::optional<std::pair<UserId, std::vector<ScoredMovie>>>> {
                    if (next == rows.size()) {
                      MARQUEE_TRY(rows, reader->next());
                      next = 0;
                    }
                    if (rows.empty()) {
                      return std::optional<std::pair<UserId, std::vector<ScoredMovie>>>();
                    }
                    auto& row = rows[next++];
                    return std::optional(std::pair(std::move(row.user_id), std::move(row.items)));
                  });
}

Result<void> check_evaluated(const ObjectStore& objects, const ModelRegistry& registry,
                             const ModelVersion& version) {
  MARQUEE_TRY(const auto manifest, load_manifest(objects, version));
  MARQUEE_TRY(const auto in_service, manifest_in_service(objects, registry));
  MARQUEE_TRY(const bool served, has_served(registry, version));
  return check_measurements(manifest, in_service && !served ? &*in_service : nullptr);
}

Result<ServableModel> publish_stage(const PublishPorts& ports, const ModelVersion& version) {
  MARQUEE_TRY(const auto manifest, load_manifest(ports.objects, version));
  MARQUEE_TRY(const auto in_service, manifest_in_service(ports.objects, ports.registry));
  MARQUEE_TRY(const bool served, has_served(ports.registry, version));
  MARQUEE_CHECK(check_gate(manifest, in_service && !served ? &*in_service : nullptr));
  MARQUEE_TRY(auto model, load_servable(ports.objects, manifest));
  if (!served) MARQUEE_CHECK(check_catalogue(model.model, ports.catalog));
  if (in_service && !served) {
    // One that is damaged must not keep a whole one out.
    const auto other = load_model(ports.objects, *in_service);
    if (other.ok()) MARQUEE_CHECK(check_same_catalogue(model.model, *other));
  }
  MARQUEE_CHECK(write_generation(ports.objects, ports.feed, manifest));
  // A run that is repeated may have made the model anew; one that has served stays as it is.
  MARQUEE_CHECK(
      write_vectors(ports, model.model,
                    served ? FactorStore::IfPresent::kKeep : FactorStore::IfPresent::kReplace));
  MARQUEE_CHECK(ports.registry.add(
      ModelRecord{version, manifest.created_at_ms, formats::to_json(manifest), std::nullopt}));
  MARQUEE_CHECK(ports.registry.promote(version, ports.clock.wall_ms()));
  MARQUEE_CHECK(drop_old_lists(ports));
  MARQUEE_CHECK(drop_old_factors(ports));
  return model;
}

Result<ServableModel> rollback(const PublishPorts& ports) {
  MARQUEE_TRY(const auto previous, ports.registry.previous());
  if (!previous) {
    return Error{ErrorCode::kFailedPrecondition, "there is no earlier model to go back to"};
  }
  MARQUEE_TRY(const auto manifest, load_manifest(ports.objects, *previous));
  MARQUEE_TRY(auto model, load_servable(ports.objects, manifest));
  MARQUEE_CHECK(write_vectors(ports, model.model, FactorStore::IfPresent::kKeep));
  MARQUEE_CHECK(ports.registry.promote(*previous, ports.clock.wall_ms()));
  return model;
}

}  // namespace marquee::batch
