#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"

namespace marquee {

/// One trained model and where it stands.
struct ModelRecord {
  ModelVersion version;
  std::int64_t created_at_ms = 0;
  std::string manifest = "{}";                 ///< the manifest as JSON (docs/formats/manifest.md)
  std::optional<std::int64_t> promoted_at_ms;  ///< when it last became current

  bool operator==(const ModelRecord&) const = default;
};

/// Which models exist and which one serves. The pointer flips in one step; a truth, so every write
/// is on stable storage when it returns.
///
/// Contract: ports/contract/model_registry_contract.h. Threads: any.
class ModelRegistry {
 public:
  ModelRegistry() = default;
  ModelRegistry(const ModelRegistry&) = delete;
  ModelRegistry& operator=(const ModelRegistry&) = delete;
  virtual ~ModelRegistry() = default;

  /// Records a finished model, or replaces its record when it was recorded before.
  virtual Result<void> add(const ModelRecord& model) = 0;
  /// Newest first.
  virtual Result<std::vector<ModelRecord>> list() const = 0;
  /// The model in service; none before the first promotion.
  virtual Result<std::optional<ModelVersion>> current() const = 0;
  /// The one in service before; none when there was none. Where a rollback goes.
  virtual Result<std::optional<ModelVersion>> previous() const = 0;
  /// Makes `version` current and the current one previous. kNotFound for an unknown version.
  /// Promoting the current one changes nothing.
  virtual Result<void> promote(const ModelVersion& version, std::int64_t now_ms) = 0;
};

}  // namespace marquee
