#pragma once

#include "adapters/embedded/sqlite/database.h"
#include "ports/catalog_store.h"

namespace marquee::embedded {

/// The catalogue in SQLite, every write with Sync::kFull. `database` must outlive it.
class SqliteCatalogStore final : public CatalogStore {
 public:
  explicit SqliteCatalogStore(SqliteDatabase& database) : database_(database) {}

  Result<std::vector<Movie>> load() const override;
  Result<void> upsert(std::span<const Movie> movies) override;
  Result<void> hide(const MovieId& id) override;
  Result<std::string> dataset() const override;
  Result<void> set_dataset(const std::string& name) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace marquee::embedded
