#pragma once

#include "adapters/postgres/database.h"
#include "ports/model_registry.h"

namespace marquee::postgres {

/// The models and the pointer to the one in service, in PostgreSQL. Promotions wait for one
/// another. `database` must outlive it.
class PostgresModelRegistry final : public ModelRegistry {
 public:
  explicit PostgresModelRegistry(PostgresDatabase& database) : database_(database) {}

  Result<void> add(const ModelRecord& model) override;
  Result<std::vector<ModelRecord>> list() const override;
  Result<std::optional<ModelVersion>> current() const override;
  Result<std::optional<ModelVersion>> previous() const override;
  Result<void> promote(const ModelVersion& version, std::int64_t now_ms) override;

 private:
  Result<std::optional<ModelVersion>> find_pointer(std::string_view name) const;

  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
