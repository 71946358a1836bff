#pragma once

#include "adapters/postgres/database.h"
#include "ports/factor_store.h"

namespace marquee::postgres {

/// Item vectors of every generation, with an HNSW index (Malkov & Yashunin 2018, as pgvector has
/// it) for each, so that a search never meets two models. PgVectorSearch reads them. `database`
/// must outlive it. Threads: any; writers wait for one another.
class PgFactorStore final : public FactorStore {
 public:
  explicit PgFactorStore(PostgresDatabase& database) : database_(database) {}

  /// One transaction with the index. `factors` is called inside of it.
  Result<void> write(const ModelVersion& generation, std::size_t dimensions, const Factors& factors,
                     IfPresent if_present) override;
  Result<void> drop(const ModelVersion& generation) override;
  Result<std::vector<FactorGeneration>> generations() const override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
