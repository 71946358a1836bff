#include "adapters/postgres/factor_store.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "adapters/postgres/copy_rows.h"

namespace marquee::postgres {
namespace {

/// One writer at a time, in each schema.
const Statement& lock_movie_factors() {
  static const Statement kLock{
      "SELECT pg_advisory_xact_lock('movie_factors'::regclass::oid::bigint)"};
  return kLock;
}

Result<void> check_request(const ModelVersion& generation, std::size_t dimensions) {
  if (!is_valid_id(generation.value())) {
    return Error{ErrorCode::kInvalidArgument, "the generation's name is no id"};
  }
  if (dimensions >= 1 && dimensions <= PgFactorStore::kDimensionsMax) return {};
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("generation '{}' has vectors of {} numbers; want 1 to {}",
                           generation.value(), dimensions, PgFactorStore::kDimensionsMax)};
}

Result<void> check_vector(const MovieId& movie, const std::vector<float>& vector,
                          std::size_t dimensions) {
  if (vector.size() != dimensions) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("film '{}' has a vector of {} numbers, not {}", movie.value(),
                             vector.size(), dimensions)};
  }
  if (std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); }))
    return {};
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format("the vector of film '{}' holds a number that is not finite", movie.value())};
}

/// Whether another writer has been here before; with the writers' lock from now on.
Result<bool> is_present(PostgresTransaction& transaction, const ModelVersion& generation) {
  MARQUEE_CHECK(transaction.execute(lock_movie_factors()));
  MARQUEE_TRY(const Rows rows,
              transaction.run("SELECT 1 FROM movie_factor_generations WHERE generation = $1",
                              Parameters().add(generation.value())));
  return !rows.empty();
}

/// Deletes the generation's rows; returns the ids of its indexes, which readers use until the end.
Result<std::vector<std::int64_t>> delete_rows(PostgresTransaction& transaction,
                                              const ModelVersion& generation) {
  const std::vector<Statement> statements{
      lock_movie_factors(),
      {"DELETE FROM movie_factors WHERE generation = $1", Parameters().add(generation.value())},
      {"DELETE FROM movie_factor_generations WHERE generation = $1 RETURNING id",
       Parameters().add(generation.value())}};
  MARQUEE_TRY(const auto given, transaction.run(statements));
  std::vector<std::int64_t> ids;
  for (int row = 0; row < given[2].size(); ++row) ids.push_back(given[2].i64(row, 0));
  return ids;
}

Result<void> drop_indexes(PostgresTransaction& transaction, const std::vector<std::int64_t>& ids) {
  for (const std::int64_t id : ids) {
    MARQUEE_CHECK(
        transaction.execute(fmt::format("DROP INDEX IF EXISTS movie_factors_hnsw_{}", id)));
  }
  return {};
}

Result<std::uint64_t> copy_factors(PostgresTransaction& transaction, const ModelVersion& generation,
                                   std::size_t dimensions, const PgFactorStore::Factors& factors) {
  std::uint64_t films = 0;
  bool source_failed = false;
  const auto next_piece = [&]() -> Result<std::string> {
    CopyRows rows;
    while (rows.bytes() < kCopyPieceBytes) {
      MARQUEE_TRY(const auto next, factors());
      if (!next) break;
      MARQUEE_CHECK(check_vector(next->first, next->second, dimensions));
      rows.begin(3).add(generation.value()).add(next->first.value()).add_vector(next->second);
      ++films;
    }
    return rows.take();
  };
  const auto outcome = transaction.copy_in(
      "COPY movie_factors(generation, movie_id, factor) FROM STDIN (FORMAT binary)", [&] {
        auto piece = next_piece();
        source_failed = !piece.ok();
        return piece;
      });
  if (outcome.ok()) return films;
  if (source_failed || outcome.error().code != ErrorCode::kConflict) return outcome.error();
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("a film has two vectors in generation '{}'", generation.value())};
}

/// DDL takes no parameters; the generation is an id, which has no character to be quoted. The rows
/// that were replaced are still met while the index is built, and may be of another length.
Result<void> create_index(PostgresTransaction& transaction, const ModelVersion& generation,
                          std::size_t dimensions, std::int64_t id) {
  const std::vector<Statement> statements{
      {"SELECT set_config('maintenance_work_mem', '256MB', true)"},
      {fmt::format("CREATE INDEX movie_factors_hnsw_{0} ON movie_factors "
                   "USING hnsw ((factor::vector({1})) vector_ip_ops) "
                   "WHERE generation = '{2}' AND vector_dims(factor) = {1}",
                   id, dimensions, generation.value())},
      {"ANALYZE movie_factors"}};
  return transaction.execute(statements);
}

}  // namespace

Result<void> PgFactorStore::write(const ModelVersion& generation, std::size_t dimensions,
                                  const Factors& factors, IfPresent if_present) {
  MARQUEE_CHECK(check_request(generation, dimensions));
  return database_.write_bulk([&](PostgresTransaction& transaction) -> Result<void> {
    if (if_present == IfPresent::kKeep) {
      MARQUEE_TRY(const bool present, is_present(transaction, generation));
      if (present) return {};
    }
    MARQUEE_TRY(const auto replaced, delete_rows(transaction, generation));
    MARQUEE_TRY(const auto films, copy_factors(transaction, generation, dimensions, factors));
    MARQUEE_TRY(
        const Rows record,
        transaction.run("INSERT INTO movie_factor_generations(generation, dimensions, "
                        "films) VALUES($1, $2, $3) RETURNING id",
                        Parameters().add(generation.value()).add_u64(dimensions).add_u64(films)));
    MARQUEE_CHECK(create_index(transaction, generation, dimensions, record.i64(0, 0)));
    return drop_indexes(transaction, replaced);
  });
}

Result<void> PgFactorStore::drop(const ModelVersion& generation) {
  return database_.write_bulk([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_TRY(const auto ids, delete_rows(transaction, generation));
    return drop_indexes(transaction, ids);
  });
}

Result<std::vector<FactorGeneration>> PgFactorStore::generations() const {
  MARQUEE_TRY(const Rows rows,
              database_.query({"SELECT generation, dimensions, films FROM movie_factor_generations "
                               "ORDER BY generation"},
                              database_.options().write_timeout));
  std::vector<FactorGeneration> present;
  for (int row = 0; row < rows.size(); ++row) {
    present.push_back(FactorGeneration{ModelVersion(rows.string(row, 0)),
                                       static_cast<std::size_t>(rows.u64(row, 1)),
                                       rows.u64(row, 2)});
  }
  return present;
}

}  // namespace marquee::postgres
