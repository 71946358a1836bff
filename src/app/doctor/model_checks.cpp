#include <set>
#include <string>

#include <fmt/format.h>

#include "app/doctor/checks.h"
#include "batch/model_store.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kModelCheck = "model";
constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;
constexpr std::string_view kModels = "models/";

/// What a run that was cut off left: files of a model that never got its manifest.
void check_leftovers(const Subject& subject, Report& report) {
  const auto keys = subject.objects->list(kModels);
  const auto whole = batch::stored_models(*subject.objects);
  if (!keys.ok() || !whole.ok() || subject.server) return;  // a run of the server may be at work
  std::set<std::string> versions;
  for (const std::string& key : *keys) {
    const std::size_t slash = key.find('/', kModels.size());
    if (slash != std::string::npos) {
      versions.insert(key.substr(kModels.size(), slash - kModels.size()));
    }
  }
  for (const ModelVersion& version : *whole) versions.erase(version.value());
  for (const std::string& version : versions) {
    report.warning(kModelCheck, version,
                   "has files and no manifest: its run was cut off or goes on",
                   fmt::format("if no run goes on, remove {}/models/{}",
                               subject.paths.objects.string(), version));
  }
}

/// Every file that the manifest names, byte by byte: a flipped bit hides in none of them.
Result<void> check_files(const Subject& subject, const formats::Manifest& manifest) {
  for (const formats::Manifest::File& file : manifest.files) {
    if (const auto bytes = batch::get_file(*subject.objects, file); !bytes.ok()) {
      return bytes.error();
    }
  }
  return {};
}

/// Every file of the models that are not in service, which a rollback may want.
void check_stored_models(const Subject& subject, const ModelVersion& current, Report& report) {
  const auto versions = batch::stored_models(*subject.objects);
  if (!versions.ok()) return;
  std::size_t whole = 0;
  for (const ModelVersion& version : *versions) {
    if (version == current) continue;
    const auto checked = [&]() -> Result<void> {
      MARQUEE_TRY(const auto manifest, batch::load_manifest(*subject.objects, version));
      return check_files(subject, manifest);
    }();
    whole += checked.ok() ? 1 : 0;
    if (checked.ok()) continue;
    report.error(kModelCheck, version.value(), checked.error().message,
                 fmt::format("it is not in service: remove {}/models/{}, or restore a backup",
                             subject.paths.objects.string(), version.value()),
                 ErrorCode::kDataLoss);
  }
  if (whole > 0) {
    report.ok(kModelCheck, subject.paths.objects.string(),
              fmt::format("{} models that are not in service, every checksum holds", whole));
  }
}

void check_age(const Subject& subject, const formats::Manifest& manifest, Report& report) {
  const std::int64_t days = (subject.clock.wall_ms() - manifest.created_at_ms) / kDayMs;
  if (days > subject.options.model_days_max) {
    return report.warning(kModelCheck, manifest.version.value(),
                          fmt::format("is {} days old", days),
                          "marquee runs list tells why the nightly run makes no new one; marquee "
                          "batch run makes one now");
  }
  report.ok(kModelCheck, manifest.version.value(),
            fmt::format("{} viewers, {} films, {} days old, every checksum holds",
                        manifest.rows.users, manifest.rows.items, days));
}

}  // namespace

void check_model(const Subject& subject, Report& report) {
  if (subject.stores == nullptr) return;
  if (subject.objects != nullptr) check_leftovers(subject, report);
  const char* advice =
      "marquee models list, then marquee models promote another, or marquee "
      "batch run";
  const auto current = subject.stores->models.current();
  if (!current.ok()) {
    return report.error(kModelCheck, subject.paths.database.string(), current.error().message,
                        advice, current.error().code);
  }
  if (subject.objects != nullptr) {
    check_stored_models(subject, current->value_or(ModelVersion()), report);
  }
  if (!*current) {
    return report.warning(kModelCheck, subject.paths.objects.string(),
                          "none is in service: only popular titles are recommended",
                          "marquee batch run trains and publishes one");
  }
  const std::string version = (*current)->value();
  if (subject.objects == nullptr) {
    return report.error(kModelCheck, version, "is in service and its lakehouse is missing", advice,
                        ErrorCode::kDataLoss);
  }
  const auto manifest = batch::load_manifest(*subject.objects, **current);
  if (!manifest.ok()) {
    const bool missing = manifest.error().code == ErrorCode::kNotFound;
    return report.error(kModelCheck, version, manifest.error().message, advice,
                        missing ? ErrorCode::kDataLoss : manifest.error().code);
  }
  if (const auto whole = check_files(subject, *manifest); !whole.ok()) {
    return report.error(kModelCheck, version, whole.error().message, advice, whole.error().code);
  }
  if (const auto model = batch::load_servable(*subject.objects, *manifest); !model.ok()) {
    return report.error(kModelCheck, version, model.error().message, advice, model.error().code);
  }
  check_age(subject, *manifest, report);
}

}  // namespace marquee::app::doctor
