#pragma once

#include <cstdint>
#include <functional>

#include "app/storage/stores.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/object_store.h"

namespace marquee::app {

// What no rebuild brings back, copied from store to store. Each can be done again over what an
// earlier try left.

/// Films and the name of their data set. Returns how many.
Result<std::uint64_t> copy_catalog(const CatalogStore& from, CatalogStore& to);

/// The registry with its pointers, and the lists of every generation, which are read from the
/// models in `objects`. Returns how many models.
Result<std::uint64_t> copy_models(const Stores& from, const Stores& to, const ObjectStore& objects);

/// Runs with their stages, logs and schedule. Returns how many runs.
Result<std::uint64_t> copy_runs(const RunStore& from, RunStore& to, const Clock& clock);

/// Every list that was shown. Returns how many.
Result<std::uint64_t> copy_shown_lists(const RecommendationLog& from, RecommendationLog& to);

/// All objects; what `to` holds under other keys goes, but for `kept`. Returns how many bytes.
Result<std::uint64_t> copy_objects(
    const ObjectStore& from, ObjectStore& to, std::string_view kept,
    const std::function<void(std::size_t copied, std::size_t all)>& on_object);

}  // namespace marquee::app
