#include "adapters/postgres/feed_store.h"

#include <string>

#include <fmt/format.h>

#include "adapters/postgres/copy_rows.h"
#include "formats/list_json.h"

namespace marquee::postgres {
namespace {

/// One writer of generations at a time, in each schema.
const Statement& lock_feed_builds() {
  static const Statement kLock{
      "SELECT pg_advisory_xact_lock('feed_builds'::regclass::oid::bigint)"};
  return kLock;
}

Result<std::int64_t> begin_build(PostgresTransaction& transaction, const ModelVersion& generation) {
  const std::vector<Statement> statements{
      lock_feed_builds(),
      {"INSERT INTO feed_builds(generation, complete) VALUES($1, false) RETURNING build",
       Parameters().add(generation.value())}};
  MARQUEE_TRY(const auto given, transaction.run(statements));
  return given[1].i64(0, 0);
}

Result<std::string> next_piece(const FeedStore::Lists& lists, std::int64_t build) {
  CopyRows rows;
  while (rows.bytes() < kCopyPieceBytes) {
    MARQUEE_TRY(const auto next, lists());
    if (!next) break;
    rows.begin(3)
        .add_int8(build)
        .add(next->first.value())
        .add_jsonb(formats::encode_scored_movies(next->second));
  }
  return rows.take();
}

Result<void> copy_lists(PostgresTransaction& transaction, std::int64_t build,
                        const ModelVersion& generation, const FeedStore::Lists& lists) {
  bool source_failed = false;
  auto outcome =
      transaction.copy_in("COPY feed_lists(build, user_id, recs) FROM STDIN (FORMAT binary)", [&] {
        auto piece = next_piece(lists, build);
        source_failed = !piece.ok();
        return piece;
      });
  if (outcome.ok() || source_failed || outcome.error().code != ErrorCode::kConflict) return outcome;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("a viewer has two lists in one generation, '{}'", generation.value())};
}

/// Shows `build` (none: nothing) under the generation's name and deletes what stood there.
std::vector<Statement> replace_statements(const ModelVersion& generation, std::int64_t build) {
  return {{"DELETE FROM feed_lists l USING feed_builds b WHERE l.build = b.build "
           "AND b.generation = $1 AND b.build <> $2",
           Parameters().add(generation.value()).add(build)},
          {"DELETE FROM feed_builds WHERE generation = $1 AND build <> $2",
           Parameters().add(generation.value()).add(build)},
          {"UPDATE feed_builds SET complete = true WHERE build = $1", Parameters().add(build)}};
}

}  // namespace

Result<void> PostgresFeedStore::put(const ModelVersion& generation, const Lists& lists) {
  return database_.write_bulk([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_TRY(const auto build, begin_build(transaction, generation));
    MARQUEE_CHECK(copy_lists(transaction, build, generation, lists));
    return transaction.execute(replace_statements(generation, build));
  });
}

Result<std::vector<ScoredMovie>> PostgresFeedStore::find(const ModelVersion& generation,
                                                         const UserId& user) const {
  MARQUEE_TRY(const Rows rows,
              database_.query_now(
                  repeated({"SELECT recs::text FROM feed_lists WHERE user_id = $1 AND build = "
                            "(SELECT build FROM feed_builds WHERE generation = $2 AND complete)",
                            Parameters().add(user.value()).add(generation.value())})));
  if (rows.empty()) return std::vector<ScoredMovie>();
  auto recs = formats::decode_scored_movies(rows.text(0, 0));
  if (recs.ok()) return recs;
  return recs.error().with_context("batch list of viewer '" + user.value() + "' in '" +
                                   generation.value() + "'");
}

Result<std::vector<ModelVersion>> PostgresFeedStore::generations() const {
  MARQUEE_TRY(const Rows rows, database_.query({"SELECT generation FROM feed_builds WHERE complete "
                                                "ORDER BY generation"},
                                               database_.options().write_timeout));
  std::vector<ModelVersion> present;
  for (int row = 0; row < rows.size(); ++row) present.emplace_back(rows.string(row, 0));
  return present;
}

Result<void> PostgresFeedStore::drop(const ModelVersion& generation) {
  constexpr std::int64_t kNoBuild = 0;
  return database_.write_bulk([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(transaction.execute(lock_feed_builds()));
    return transaction.execute(replace_statements(generation, kNoBuild));
  });
}

}  // namespace marquee::postgres
