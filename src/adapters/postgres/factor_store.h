#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/postgres/database.h"
#include "base/result.h"
#include "domain/ids.h"

namespace marquee::postgres {

/// A generation of item vectors as the database holds it.
struct FactorGeneration {
  ModelVersion generation;
  std::size_t dimensions = 0;
  std::uint64_t films = 0;

  bool operator==(const FactorGeneration&) const = default;
};

/// Item vectors of every generation, with an HNSW index (Malkov & Yashunin 2018, as pgvector has
/// it) for each, so that a search never meets two models. PgVectorSearch reads them. `database`
/// must outlive it. Threads: any; writers wait for one another.
class PgFactorStore {
 public:
  /// Hands out the next film's vector; none at the end.
  using Factors = std::function<Result<std::optional<std::pair<MovieId, std::vector<float>>>>()>;
  /// What pgvector can index.
  static constexpr std::size_t kDimensionsMax = 2'000;

  explicit PgFactorStore(PostgresDatabase& database) : database_(database) {}

  /// Writes `generation` whole and indexes it, replacing what stood under its name; all or nothing.
  /// `factors` is called inside of the transaction. kInvalidArgument for 0 or too many dimensions,
  /// a vector of another length or with a number that is not finite, a film that occurs twice, or
  /// a generation that is no id.
  Result<void> write(const ModelVersion& generation, std::size_t dimensions,
                     const Factors& factors);
  /// Does nothing when there is none.
  Result<void> drop(const ModelVersion& generation);
  /// In order of their names.
  Result<std::vector<FactorGeneration>> generations() const;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
