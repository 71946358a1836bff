#pragma once

#include "adapters/embedded/sqlite/database.h"
#include "ports/model_registry.h"

namespace marquee::embedded {

/// The model registry in SQLite, every write with Sync::kFull. `database` must outlive it.
class SqliteModelRegistry final : public ModelRegistry {
 public:
  explicit SqliteModelRegistry(SqliteDatabase& database) : database_(database) {}

  Result<void> add(const ModelRecord& model) override;
  Result<std::vector<ModelRecord>> list() const override;
  Result<std::optional<ModelVersion>> current() const override;
  Result<std::optional<ModelVersion>> previous() const override;
  Result<void> promote(const ModelVersion& version, std::int64_t now_ms) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace marquee::embedded
