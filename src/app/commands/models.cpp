#include <algorithm>
#include <cstdio>
#include <tuple>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/models_report.h"
#include "app/local_audit.h"
#include "app/owner/owner.h"
#include "app/storage/publish_ports.h"
#include "app/storage/storage.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "batch/model_store.h"
#include "batch/publish_stage.h"

namespace marquee::app::commands {
namespace {

/// Those of the registry, and those that are trained and were never published, newest first.
Result<std::vector<ModelRecord>> every_model(const Storage& storage) {
  MARQUEE_TRY(auto models, storage.stores->models.list());
  MARQUEE_TRY(const auto stored, batch::stored_models(*storage.objects));
  for (const ModelVersion& version : stored) {
    const bool registered = std::any_of(
        models.begin(), models.end(), [&](const auto& model) { return model.version == version; });
    if (registered) continue;
    const auto manifest = batch::load_manifest(*storage.objects, version);
    if (!manifest.ok()) continue;  // damaged, and nothing depends on it; models show says more
    models.push_back({version, manifest->created_at_ms, formats::to_json(*manifest), std::nullopt});
  }
  std::stable_sort(models.begin(), models.end(), [](const auto& a, const auto& b) {
    return std::tie(b.created_at_ms, b.version) < std::tie(a.created_at_ms, a.version);
  });
  return models;
}

std::string_view standing(const ModelRecord& model, const std::optional<ModelVersion>& current,
                          const std::optional<ModelVersion>& previous) {
  if (model.version == current) return "current";
  if (model.version == previous) return "previous";
  return "";
}

Result<void> list(const Settings& settings, bool json) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  MARQUEE_TRY(const auto models, every_model(*storage));
  MARQUEE_TRY(const auto current, storage->stores->models.current());
  MARQUEE_TRY(const auto previous, storage->stores->models.previous());
  JsonWriter writer;
  writer.begin_object().key("models").begin_array();
  for (const ModelRecord& model : models) {
    const auto state = standing(model, current, previous);
    const std::string created = format_rfc3339(model.created_at_ms);
    writer.begin_object().member("version", model.version.value()).member("standing", state);
    writer.member("created_at", created).key("manifest").raw(model.manifest).end_object();
    if (!json) fmt::print("{:24} {:9} created {}\n", model.version.value(), state, created);
  }
  if (json) fmt::print("{}\n", writer.end_array().end_object().text());
  if (!json && models.empty()) fmt::print("no model yet: run marquee batch run\n");
  return {};
}

/// Through the owner when there is one, else in the directory itself.
Result<void> change(const Settings& settings, const ModelsOptions& options) {
  const bool promote = options.action == ModelsAction::kPromote;
  if (promote && !is_valid_id(options.version)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no model version", options.version)};
  }
  MARQUEE_TRY(const auto owner, find_owner(settings));
  if (owner) {
    const std::string target = promote
                                   ? fmt::format("/api/admin/models/{}/promote", options.version)
                                   : std::string("/api/admin/models/rollback");
    MARQUEE_TRY(const std::string answer, ask_owner(*owner, "POST", target));
    fmt::print("{}\n", answer);
    return {};
  }
  MARQUEE_TRY(const auto storage, Storage::open_owner(settings));
  const batch::PublishPorts ports =
      publish_ports(*storage, static_cast<std::size_t>(settings.batch_keep_generations));
  LocalAudit audit(storage->stores->audit, storage->clock,
                   promote ? "models promote" : "models rollback", options.version);
  MARQUEE_TRY(const auto model, audit.around([&] {
    return promote ? batch::publish_stage(ports, ModelVersion(options.version))
                   : batch::rollback(ports);
  }));
  fmt::print("{}\n", JsonWriter()
                         .begin_object()
                         .member("current", model.model.version().value())
                         .end_object()
                         .text());
  return {};
}

}  // namespace

Result<void> models(const LoadedSettings& loaded, const ModelsOptions& options) {
  if (options.action == ModelsAction::kList) return list(loaded.settings, options.json);
  if (options.action == ModelsAction::kShow) return show_model(loaded.settings, options);
  if (options.action == ModelsAction::kCompare) return compare_models(loaded.settings, options);
  return change(loaded.settings, options);
}

}  // namespace marquee::app::commands
