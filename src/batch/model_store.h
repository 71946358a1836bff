#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "formats/manifest.h"
#include "models/factor_model.h"
#include "models/item_neighbors.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// "models/als_20250103_0200/" + `name`.
std::string model_key(const ModelVersion& version, std::string_view name);

/// The file called `name` in the model's own directory; null when the manifest names none.
const formats::Manifest::File* find_model_file(const formats::Manifest& manifest,
                                               std::string_view name);

/// Writes `bytes` under `key` and returns its line in a manifest.
Result<formats::Manifest::File> put_file(ObjectStore& objects, const std::string& key,
                                         std::span<const std::byte> bytes);

/// The bytes of a manifest's file. kDataLoss, naming the object, when size or SHA-256 differ.
Result<std::vector<std::byte>> get_file(const ObjectStore& objects,
                                        const formats::Manifest::File& file);

/// kNotFound when there is no such model, kDataLoss when its manifest is unreadable.
Result<formats::Manifest> load_manifest(const ObjectStore& objects, const ModelVersion& version);
/// Replaces the manifest in one step.
Result<void> store_manifest(ObjectStore& objects, const formats::Manifest& manifest);

/// The model with every checksum and every number verified.
Result<models::FactorModel> load_model(const ObjectStore& objects,
                                       const formats::Manifest& manifest);

/// A model with what is served beside it.
struct ServableModel {
  models::FactorModel model;
  models::ItemNeighbors neighbors;  ///< empty when the manifest names none
};
Result<ServableModel> load_servable(const ObjectStore& objects, const formats::Manifest& manifest);

/// Models with a manifest, newest first.
Result<std::vector<ModelVersion>> stored_models(const ObjectStore& objects);

/// Parameters as a manifest holds them, and back.
void set_parameters(formats::Manifest& manifest, const models::IalsParameters& parameters);
models::IalsParameters parameters_of(const formats::Manifest& manifest);

}  // namespace marquee::batch
