#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/result.h"
#include "batch/model_store.h"
#include "formats/manifest.h"
#include "ports/catalog_store.h"
#include "ports/factor_store.h"
#include "ports/feed_store.h"
#include "ports/model_registry.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// What publishing needs; only the owner of the directory has it. References outlive the call.
struct PublishPorts {
  ObjectStore& objects;
  FeedStore& feed;
  ModelRegistry& registry;
  const CatalogStore& catalog;
  const Clock& clock;
  std::size_t keep_generations = 3;
  FactorStore* factors = nullptr;  ///< null: there is no place for vectors
  bool writes_factors = false;     ///< somebody searches them there
};

/// Asks the gate about a model that was measured and need not have lists yet (kRefused): for a
/// pipeline that is to end before it makes them. publish_stage() asks again.
Result<void> check_evaluated(const ObjectStore& objects, const ModelRegistry& registry,
                             const ModelVersion& version);

/// Puts a finished model into service: verifies every file against the manifest, asks the gate (not
/// for a model that has served before: it passed then, and putting it back is an operator's
/// word), writes the lists (and the vectors) as a generation, flips the registry's pointer, and
/// drops generations beyond keep_generations. Whatever fails before the flip leaves the model in
/// service as it is. Publishing the current model again changes nothing. Returns the model, for the
/// server to serve.
Result<ServableModel> publish_stage(const PublishPorts& ports, const ModelVersion& version);

/// Writes the lists of a finished model into `feed` as its generation; a model without lists has
/// none.
Result<void> write_generation(const ObjectStore& objects, FeedStore& feed,
                              const formats::Manifest& manifest);

/// Flips back to the model that served before and returns it. kFailedPrecondition when there was
/// none.
Result<ServableModel> rollback(const PublishPorts& ports);

}  // namespace marquee::batch
