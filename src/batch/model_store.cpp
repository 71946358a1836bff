#include "batch/model_store.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/hash.h"
#include "models/model_artifact.h"

namespace marquee::batch {
namespace {

constexpr std::string_view kModels = "models/";
constexpr std::string_view kManifest = "manifest.json";

/// The file of the model's own directory called `name`; kDataLoss when the manifest has none.
Result<formats::Manifest::File> find_file(const formats::Manifest& manifest,
                                          std::string_view name) {
  const formats::Manifest::File* file = find_model_file(manifest, name);
  if (file != nullptr) return *file;
  return Error{ErrorCode::kDataLoss,
               fmt::format("the manifest of {} names no {}", manifest.version.value(), name)};
}

}  // namespace

const formats::Manifest::File* find_model_file(const formats::Manifest& manifest,
                                               std::string_view name) {
  const std::string key = model_key(manifest.version, name);
  const auto found = std::ranges::find(manifest.files, key, &formats::Manifest::File::key);
  return found == manifest.files.end() ? nullptr : &*found;
}

std::string model_key(const ModelVersion& version, std::string_view name) {
  return fmt::format("{}{}/{}", kModels, version.value(), name);
}

Result<formats::Manifest::File> put_file(ObjectStore& objects, const std::string& key,
                                         std::span<const std::byte> bytes) {
  MARQUEE_CHECK(objects.put(key, bytes));
  return formats::Manifest::File{key, sha256_hex(bytes), bytes.size()};
}

Result<std::vector<std::byte>> get_file(const ObjectStore& objects,
                                        const formats::Manifest::File& file) {
  auto bytes = objects.get(file.key);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kDataLoss, fmt::format("{} is missing: train again", file.key)};
  }
  if (!bytes.ok()) return bytes;
  if (bytes->size() != file.bytes || sha256_hex(*bytes) != file.sha256) {
    return Error{ErrorCode::kDataLoss,
                 fmt::format("{} differs from its manifest (size or SHA-256): train again or "
                             "restore it",
                             file.key)};
  }
  return bytes;
}

Result<formats::Manifest> load_manifest(const ObjectStore& objects, const ModelVersion& version) {
  const std::string key = model_key(version, kManifest);
  const auto bytes = objects.get(key);
  if (!bytes.ok()) {
    if (bytes.error().code != ErrorCode::kNotFound) return bytes.error();
    return Error{ErrorCode::kNotFound, fmt::format("there is no model '{}'", version.value())};
  }
  auto manifest = formats::parse_manifest(
      std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!manifest.ok()) return manifest.error().with_context(key);
  return manifest;
}

Result<void> store_manifest(ObjectStore& objects, const formats::Manifest& manifest) {
  const std::string json = formats::to_json(manifest);
  return objects.put(model_key(manifest.version, kManifest), std::as_bytes(std::span(json)));
}

Result<models::FactorModel> load_model(const ObjectStore& objects,
                                       const formats::Manifest& manifest) {
  MARQUEE_TRY(const auto item_file, find_file(manifest, models::kItemFactorsFile));
  MARQUEE_TRY(const auto user_file, find_file(manifest, models::kUserFactorsFile));
  MARQUEE_TRY(const auto items, get_file(objects, item_file));
  MARQUEE_TRY(const auto users, get_file(objects, user_file));
  return models::decode_model(manifest.version, parameters_of(manifest), items, users);
}

Result<ServableModel> load_servable(const ObjectStore& objects, const formats::Manifest& manifest) {
  MARQUEE_TRY(auto model, load_model(objects, manifest));
  ServableModel servable{std::move(model), {}};
  const auto* file = find_model_file(manifest, models::kItemNeighborsFile);
  if (file == nullptr) return servable;
  MARQUEE_TRY(const auto bytes, get_file(objects, *file));
  MARQUEE_TRY(servable.neighbors, models::decode_neighbors(servable.model, bytes));
  return servable;
}

Result<std::vector<ModelVersion>> stored_models(const ObjectStore& objects) {
  MARQUEE_TRY(const auto keys, objects.list(kModels));
  std::vector<ModelVersion> versions;
  for (const std::string& key : keys) {
    if (!key.ends_with("/" + std::string(kManifest))) continue;
    const std::size_t length = key.size() - kModels.size() - kManifest.size() - 1;
    versions.emplace_back(key.substr(kModels.size(), length));
  }
  std::sort(versions.rbegin(), versions.rend());
  return versions;
}

void set_parameters(formats::Manifest& manifest, const models::IalsParameters& parameters) {
  manifest.seed = parameters.seed;
  manifest.parameters = {{"rank", parameters.rank},
                         {"epochs", parameters.epochs},
                         {"unobserved_weight", parameters.unobserved_weight},
                         {"regularization", parameters.regularization},
                         {"regularization_exp", parameters.regularization_exp},
                         {"init_stdev", parameters.init_stdev}};
}

models::IalsParameters parameters_of(const formats::Manifest& manifest) {
  const std::map<std::string, double> values(manifest.parameters.begin(),
                                             manifest.parameters.end());
  const auto value = [&](const char* name, double fallback) {
    const auto found = values.find(name);
    return found == values.end() ? fallback : found->second;
  };
  models::IalsParameters parameters;
  parameters.rank = static_cast<std::int32_t>(value("rank", parameters.rank));
  parameters.epochs = static_cast<std::int32_t>(value("epochs", parameters.epochs));
  const auto as_float = [&](const char* name, float fallback) {
    return static_cast<float>(value(name, fallback));
  };
  parameters.unobserved_weight = as_float("unobserved_weight", parameters.unobserved_weight);
  parameters.regularization = as_float("regularization", parameters.regularization);
  parameters.regularization_exp = as_float("regularization_exp", parameters.regularization_exp);
  parameters.init_stdev = as_float("init_stdev", parameters.init_stdev);
  parameters.seed = manifest.seed;
  return parameters;
}

}  // namespace marquee::batch
