#include "batch/train_stage.h"

#include <algorithm>
#include <utility>

#include "batch/model_store.h"
#include "batch/run.h"
#include "models/item_neighbors.h"
#include "models/model_artifact.h"

namespace marquee::batch {
namespace {

constexpr std::size_t kNeighborsMax = 50;  // of each film

/// What evaluate and generate added when this run came by before, if its model is the same.
Result<void> keep_later_stages(const ObjectStore& objects, formats::Manifest& manifest) {
  const auto earlier = load_manifest(objects, manifest.version);
  if (!earlier.ok() && earlier.error().code == ErrorCode::kNotFound) return {};
  if (!earlier.ok()) return earlier.error();
  const bool same =
      std::all_of(manifest.files.begin(), manifest.files.end(), [&](const auto& file) {
        return std::find(earlier->files.begin(), earlier->files.end(), file) !=
               earlier->files.end();
      });
  if (same && earlier->run_id == manifest.run_id) {
    manifest.files = earlier->files;
    manifest.metrics = earlier->metrics;
  }
  return {};
}

}  // namespace

Result<formats::Manifest> train_stage(const TrainingInput& input, const formats::RunRecord& run,
                                      ObjectStore& objects, const TrainOptions& options) {
  const models::IalsParameters parameters = parameters_of(run);
  const ModelVersion& version = run.model_version;
  MARQUEE_TRY(const auto model, models::train_ials(input.matrix, parameters, version,
                                                   options.workers, options.on_epoch));
  MARQUEE_TRY(const auto files, models::encode_model(model));
  formats::Manifest manifest;
  manifest.version = version;
  manifest.created_at_ms = run.as_of_ms;
  manifest.run_id = run.run_id;
  manifest.code_version = MARQUEE_VERSION;
  set_parameters(manifest, parameters);
  manifest.input.history_events = input.history_events;
  manifest.input.log_events = input.log_events;
  manifest.input.log_end = formats::cursor_text(input.log_end);
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
  MARQUEE_CHECK(keep_later_stages(objects, manifest));
  MARQUEE_CHECK(store_manifest(objects, manifest));
  return manifest;
}

}  // namespace marquee::batch
