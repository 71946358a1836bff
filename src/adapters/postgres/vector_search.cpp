#include "adapters/postgres/vector_search.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace marquee::postgres {
namespace {

/// The index is on factor::vector(k) and on vectors of k numbers: a search in these words goes
/// through it, one by the column itself does not. <#> is the negative inner product.
std::string search_sql(std::size_t dimensions, PgVectorSearch::Mode mode) {
  if (mode == PgVectorSearch::Mode::kExact) {
    return "SELECT movie_id, -(factor <#> $2::vector) FROM movie_factors WHERE generation = $1 "
           "ORDER BY factor <#> $2::vector LIMIT $3";
  }
  const std::string distance = fmt::format("factor::vector({0}) <#> $2::vector({0})", dimensions);
  return fmt::format(
      "SELECT movie_id, -({0}) FROM movie_factors WHERE generation = $1 "
      "AND vector_dims(factor) = {1} ORDER BY {0} LIMIT $3",
      distance, dimensions);
}

std::vector<Candidate> read_candidates(const Rows& rows, MovieTable& movies,
                                       const VectorSearch::Filter& filter) {
  std::vector<Candidate> found;
  for (int row = 0; row < rows.size(); ++row) {
    const auto known = movies.find(rows.text(row, 0));
    const MovieKey key = known ? *known : movies.intern(MovieId(rows.string(row, 0)));
    if (filter && !filter(key)) continue;
    found.push_back(Candidate{key, static_cast<float>(rows.real(row, 1))});
  }
  return found;
}

/// Whether the best `count` of `found` can be told. Ties are broken by key, which the server does
/// not know, so all that tie with the last one must have been seen.
bool is_enough(const std::vector<Candidate>& found, std::size_t count, const Rows& rows) {
  if (found.size() < count) return false;
  const auto last_seen = static_cast<float>(rows.real(rows.size() - 1, 1));
  return last_seen < found[count - 1].score;
}

}  // namespace

PgVectorSearch::PgVectorSearch(PostgresDatabase& database, MovieTable& movies,
                               ModelVersion generation, std::size_t dimensions,
                               const Options& options)
    : database_(database),
      movies_(movies),
      generation_(std::move(generation)),
      dimensions_(dimensions),
      options_(options),
      sql_(search_sql(dimensions, options.mode)) {}

Result<std::unique_ptr<PgVectorSearch>> PgVectorSearch::open(PostgresDatabase& database,
                                                             MovieTable& movies,
                                                             const ModelVersion& generation,
                                                             const Options& options) {
  if (options.ef_search < 1 || options.ef_search > 1'000) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("ef_search is {}; want 1 to 1000", options.ef_search)};
  }
  MARQUEE_TRY(const Rows rows, database.query({"SELECT dimensions FROM movie_factor_generations "
                                               "WHERE generation = $1",
                                               Parameters().add(generation.value())},
                                              database.options().write_timeout));
  if (rows.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there are no item vectors of '{}' in {}; publish the model again",
                             generation.value(), database.options().to_string())};
  }
  return std::unique_ptr<PgVectorSearch>(new PgVectorSearch(
      database, movies, generation, static_cast<std::size_t>(rows.u64(0, 0)), options));
}

Result<Rows> PgVectorSearch::nearest(std::span<const float> query, std::size_t limit) const {
  const Statement search{sql_,
                         Parameters().add(generation_.value()).add_vector(query).add_u64(limit)};
  if (options_.mode == Mode::kExact) return database_.query_now(search);
  // Statements of one round trip are one transaction, to which these settings are local. Iterative
  // scans go on where ef_search candidates are not enough (pgvector 0.8). Any plan but the index
  // would have to sort.
  const std::vector<Statement> statements{
      {"SELECT set_config('hnsw.ef_search', $1, true), "
       "set_config('hnsw.iterative_scan', 'strict_order', true), "
       "set_config('hnsw.max_scan_tuples', $2, true), set_config('enable_sort', 'off', true)",
       Parameters().add(std::to_string(options_.ef_search)).add(std::to_string(kScanFilmsMax))},
      search};
  MARQUEE_TRY(auto given, database_.query_now(statements));
  return std::move(given.back());
}

Result<std::vector<Candidate>> PgVectorSearch::search(std::span<const float> query,
                                                      std::size_t count,
                                                      const Filter& filter) const {
  if (query.size() != dimensions_) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("the query has {} numbers, the vectors of '{}' have {}", query.size(),
                             generation_.value(), dimensions_)};
  }
  if (count == 0) return std::vector<Candidate>();
  constexpr std::size_t kGrowth = 4;
  const auto begun = std::chrono::steady_clock::now();
  std::size_t limit = filter ? 2 * count + 64 : count + 16;
  for (;; limit *= kGrowth) {
    MARQUEE_TRY(const Rows rows, nearest(query, limit));
    auto found = read_candidates(rows, movies_, filter);
    const bool all_seen = static_cast<std::size_t>(rows.size()) < limit;
    if (!all_seen && !is_enough(found, count, rows)) {
      if (std::chrono::steady_clock::now() - begun < database_.options().read_timeout) continue;
      return Error{ErrorCode::kUnavailable,
                   fmt::format("searching the vectors of '{}' in {} took too long",
                               generation_.value(), database_.options().to_string())};
    }
    std::sort(found.begin(), found.end(), ranks_before);
    found.resize(std::min(count, found.size()));
    return found;
  }
}

}  // namespace marquee::postgres
