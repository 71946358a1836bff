#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/postgres/database.h"
#include "domain/movie_table.h"
#include "ports/vector_search.h"

namespace marquee::postgres {

/// Nearest vectors of one generation that PgFactorStore wrote, found by the server. Each search is
/// one round trip, and a further one each time a filter left too little of it, until the read
/// time-out is over. It goes over a connection that is open, see PostgresDatabase::query_now().
///
/// kHnsw goes through the generation's index: some of the best may be missing (measure with
/// recall_at()), and a filter that passes next to nothing may find fewer than there are, since one
/// scan looks at kScanFilmsMax films or so. What is found has exact scores and order. kExact
/// compares every vector and keeps VectorSearch's contract to the letter.
class PgVectorSearch final : public VectorSearch {
 public:
  enum class Mode { kHnsw, kExact };
  struct Options {
    Mode mode = Mode::kHnsw;
    int ef_search = 100;  ///< how many candidates a scan keeps, 1 to 1000: recall against time
  };
  static constexpr int kScanFilmsMax = 20'000;

  /// kNotFound when the generation was not written. `database` and `movies` must outlive it.
  static Result<std::unique_ptr<PgVectorSearch>> open(PostgresDatabase& database,
                                                      MovieTable& movies,
                                                      const ModelVersion& generation,
                                                      const Options& options);

  std::size_t dimensions() const override { return dimensions_; }
  /// Also kUnavailable when the server is away or slow, and nothing when the generation was
  /// dropped.
  Result<std::vector<Candidate>> search(std::span<const float> query, std::size_t count,
                                        const Filter& filter) const override;

 private:
  PgVectorSearch(PostgresDatabase& database, MovieTable& movies, ModelVersion generation,
                 std::size_t dimensions, const Options& options);

  Result<Rows> nearest(std::span<const float> query, std::size_t limit) const;

  PostgresDatabase& database_;
  MovieTable& movies_;
  const ModelVersion generation_;
  const std::size_t dimensions_;
  const Options options_;
  const std::string sql_;
};

}  // namespace marquee::postgres
