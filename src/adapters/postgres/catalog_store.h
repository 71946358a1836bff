#pragma once

#include "adapters/postgres/database.h"
#include "ports/catalog_store.h"

namespace marquee::postgres {

/// The catalogue in PostgreSQL. Its revision grows with every statement that changes it, a DBA's
/// too (a trigger). A text that PostgreSQL cannot hold (NUL characters, invalid UTF-8) refuses the
/// whole upsert with kInvalidArgument. `database` must outlive it.
class PostgresCatalogStore final : public CatalogStore {
 public:
  explicit PostgresCatalogStore(PostgresDatabase& database) : database_(database) {}

  Result<std::vector<Movie>> load() const override;
  Result<void> upsert(std::span<const Movie> movies) override;
  Result<void> hide(const MovieId& id) override;
  Result<std::uint64_t> revision() const override;
  Result<std::string> dataset() const override;
  Result<void> set_dataset(const std::string& name) override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
