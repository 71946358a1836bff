#include "batch/train_stage.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "batch/model_store.h"
#include "models/item_neighbors.h"
#include "models/model_artifact.h"

namespace marquee::batch {
namespace {

constexpr int kVersionsAMinuteMax = 100;
constexpr std::size_t kNeighborsMax = 50;  // of each film

/// "e:1842" for an embedded log, partitions joined by commas for others; empty for an empty log.
std::string cursor_text(const Cursor& cursor) {
  std::string text;
  for (const auto& [partition, next] : cursor.partitions()) {
    if (!text.empty()) text += ',';
    text += Offset{partition, next}.to_string();
  }
  return text;
}

}  // namespace

Result<ModelVersion> new_version(const ObjectStore& objects, std::int64_t wall_ms) {
  const CivilDate date = civil_date(wall_ms);
  const std::int64_t minute_of_day =
      (wall_ms - std::int64_t{utc_day(wall_ms)} * kMillisecondsPerDay) / 60'000;
  const std::string base = fmt::format("als_{:04}{:02}{:02}_{:02}{:02}", date.year, date.month,
                                       date.day, minute_of_day / 60, minute_of_day % 60);
  for (int attempt = 1; attempt <= kVersionsAMinuteMax; ++attempt) {
    ModelVersion version(attempt == 1 ? base : fmt::format("{}-{}", base, attempt));
    MARQUEE_TRY(const auto present, objects.list(model_key(version, "manifest.json")));
    if (present.empty()) return version;
  }
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} and {} more models of this minute exist already", base,
                           kVersionsAMinuteMax - 1)};
}

Result<formats::Manifest> train_stage(const TrainingInput& input, const ModelVersion& version,
                                      ObjectStore& objects, const Clock& clock,
                                      const TrainOptions& options) {
  MARQUEE_TRY(const auto model, models::train_ials(input.matrix, options.parameters, version,
                                                   options.workers, options.on_epoch));
  MARQUEE_TRY(const auto files, models::encode_model(model));
  formats::Manifest manifest;
  manifest.version = version;
  manifest.created_at_ms = clock.wall_ms();
  manifest.run_id = version.value();
  manifest.code_version = MARQUEE_VERSION;
  set_parameters(manifest, options.parameters);
  manifest.input.history_events = input.history_events;
  manifest.input.log_events = input.log_events;
  manifest.input.log_end = cursor_text(input.log_end);
  manifest.rows.users = input.matrix.user_ids.size();
  manifest.rows.items = input.matrix.item_ids.size();
  manifest.rows.interactions = input.matrix.by_user.columns.size();
  MARQUEE_TRY(auto items,
              put_file(objects, model_key(version, "item_factors.parquet"), files.item_factors));
  MARQUEE_TRY(auto users,
              put_file(objects, model_key(version, "user_factors.parquet"), files.user_factors));
  const auto neighbors = models::nearest_items(model, kNeighborsMax, options.workers);
  MARQUEE_TRY(const auto neighbor_bytes, models::encode_neighbors(model, neighbors));
  MARQUEE_TRY(auto alike,
              put_file(objects, model_key(version, models::kItemNeighborsFile), neighbor_bytes));
  manifest.files = {std::move(items), std::move(users), std::move(alike)};
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return manifest;
}

}  // namespace marquee::batch
