#include "adapters/embedded/sqlite/feed_store.h"

#include <string>

#include <fmt/format.h>

#include "formats/list_json.h"

namespace marquee::embedded {
namespace {

using Sync = SqliteDatabase::Sync;

/// Lists a transaction: a few milliseconds, during which the fold waits.
constexpr std::size_t kChunkLists = 256;

struct Row {
  UserId user;
  std::string recs;
};

Result<std::vector<Row>> next_chunk(const FeedStore::Lists& lists) {
  std::vector<Row> chunk;
  while (chunk.size() < kChunkLists) {
    MARQUEE_TRY(auto next, lists());
    if (!next) break;
    chunk.push_back(Row{std::move(next->first), formats::encode_scored_movies(next->second)});
  }
  return chunk;
}

Result<void> insert_chunk(SqliteConnection& writer, std::int64_t build,
                          const std::vector<Row>& chunk) {
  MARQUEE_TRY(auto insert, writer.prepare("INSERT INTO feed_lists VALUES(?, ?, ?)"));
  for (const Row& row : chunk) {
    auto outcome = insert.bind(build)
                       .bind(std::string_view(row.user.value()))
                       .bind(std::string_view(row.recs))
                       .run();
    if (outcome.ok()) continue;
    if (outcome.error().code != ErrorCode::kConflict) return outcome;
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("viewer '{}' has two lists in one generation", row.user.value())};
  }
  return {};
}

}  // namespace

Result<void> SqliteFeedStore::put(const ModelVersion& generation, const Lists& lists) {
  const std::lock_guard lock(put_mutex_);
  MARQUEE_CHECK(purge_incomplete());
  MARQUEE_TRY(const auto build, begin_build(generation));
  auto outcome = write_lists(build, lists);
  if (outcome.ok()) outcome = show(build, generation);
  // What was replaced, or what failed. A purge that fails costs space only, until the next one.
  auto purged = purge_incomplete();
  return outcome.ok() ? purged : outcome;
}

Result<std::int64_t> SqliteFeedStore::begin_build(const ModelVersion& generation) {
  return database_.write(Sync::kNormal, [&](SqliteConnection& writer) -> Result<std::int64_t> {
    MARQUEE_TRY(auto insert,
                writer.prepare("INSERT INTO feed_builds(generation, complete) VALUES(?, 0) "
                               "RETURNING build"));
    insert.bind(std::string_view(generation.value()));
    MARQUEE_TRY(const bool row, insert.step());
    const std::int64_t build = row ? insert.i64(0) : 0;
    MARQUEE_CHECK(insert.run());
    return build;
  });
}

Result<void> SqliteFeedStore::write_lists(std::int64_t build, const Lists& lists) {
  for (;;) {
    MARQUEE_TRY(const auto chunk, next_chunk(lists));
    if (chunk.empty()) return {};
    MARQUEE_CHECK(database_.write(Sync::kNormal, [&](SqliteConnection& writer) {
      return insert_chunk(writer, build, chunk);
    }));
  }
}

Result<void> SqliteFeedStore::show(std::int64_t build, const ModelVersion& generation) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto hide, writer.prepare("UPDATE feed_builds SET complete = 0 "
                                          "WHERE generation = ? AND complete = 1"));
    MARQUEE_CHECK(hide.bind(std::string_view(generation.value())).run());
    MARQUEE_TRY(auto finish, writer.prepare("UPDATE feed_builds SET complete = 1 "
                                            "WHERE build = ?"));
    return finish.bind(build).run();
  });
}

Result<void> SqliteFeedStore::purge_incomplete() {
  for (;;) {
    MARQUEE_TRY(const auto removed,
                database_.write(Sync::kNormal, [](SqliteConnection& w) -> Result<std::int64_t> {
                  MARQUEE_TRY(auto remove,
                              w.prepare("DELETE FROM feed_lists WHERE rowid IN (SELECT l.rowid "
                                        "FROM feed_builds b JOIN feed_lists l ON l.build = b.build "
                                        "WHERE b.complete = 0 LIMIT ?)"));
                  MARQUEE_CHECK(remove.bind(static_cast<std::int64_t>(kChunkLists)).run());
                  return w.changes();
                }));
    if (removed == 0) break;
  }
  return database_.write(Sync::kNormal, [](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto remove, writer.prepare("DELETE FROM feed_builds WHERE complete = 0"));
    return remove.run();
  });
}

Result<std::vector<ScoredMovie>> SqliteFeedStore::find(const ModelVersion& generation,
                                                       const UserId& user) const {
  return database_.read([&](SqliteConnection& reader) -> Result<std::vector<ScoredMovie>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT recs FROM feed_lists WHERE user_id = ? AND build = "
                               "(SELECT build FROM feed_builds WHERE generation = ? "
                               "AND complete = 1)"));
    query.bind(std::string_view(user.value())).bind(std::string_view(generation.value()));
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return std::vector<ScoredMovie>();
    auto recs = formats::decode_scored_movies(query.text(0));
    if (recs.ok()) return recs;
    return recs.error().with_context("batch list of viewer '" + user.value() + "' in '" +
                                     generation.value() + "'");
  });
}

Result<std::vector<ModelVersion>> SqliteFeedStore::generations() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::vector<ModelVersion>> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT generation FROM feed_builds "
                                           "WHERE complete = 1 ORDER BY generation"));
    std::vector<ModelVersion> present;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return present;
      present.emplace_back(query.string(0));
    }
  });
}

Result<void> SqliteFeedStore::drop(const ModelVersion& generation) {
  const std::lock_guard lock(put_mutex_);
  MARQUEE_CHECK(database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto hide, writer.prepare("UPDATE feed_builds SET complete = 0 "
                                          "WHERE generation = ?"));
    return hide.bind(std::string_view(generation.value())).run();
  }));
  return purge_incomplete();
}

}  // namespace marquee::embedded
