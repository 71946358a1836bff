#include "adapters/embedded/sqlite/fold_writer.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/sqlite/clicks.h"
#include "adapters/embedded/sqlite/event_row.h"
#include "adapters/embedded/sqlite/profile_store.h"
#include "formats/profile_blob.h"

namespace marquee::embedded {
namespace {

/// An absent partition starts at 0, so {} and {-1: 0} are the same place.
bool same_place(const Cursor& a, const Cursor& b) {
  const auto covers = [](const Cursor& left, const Cursor& right) {
    return std::all_of(left.partitions().begin(), left.partitions().end(),
                       [&](const auto& entry) { return right.next(entry.first) == entry.second; });
  };
  return covers(a, b) && covers(b, a);
}

Result<void> check_position(SqliteConnection& connection, const FoldBatch& batch) {
  MARQUEE_TRY(const auto stored, read_fold_position(connection));
  if (same_place(stored.cursor, batch.before)) return {};
  return Error{ErrorCode::kFailedPrecondition,
               "the stored cursor is not where this fold stands: another process folded "
               "meanwhile; load the state again"};
}

Result<void> write_position(SqliteConnection& connection, const FoldBatch& batch) {
  MARQUEE_TRY(auto cursor,
              connection.prepare("INSERT INTO cursors(consumer, partition, next_offset) "
                                 "VALUES('speed', ?, ?) ON CONFLICT(consumer, partition) "
                                 "DO UPDATE SET next_offset = excluded.next_offset"));
  for (const auto& [partition, next] : batch.after.partitions()) {
    MARQUEE_CHECK(cursor.bind(std::int64_t{partition}).bind_u64(next).run());
  }
  MARQUEE_TRY(auto totals,
              connection.prepare("INSERT INTO fold_totals VALUES('speed', ?, ?, ?, ?) "
                                 "ON CONFLICT(consumer) DO UPDATE SET applied = excluded.applied, "
                                 "deduplicated = excluded.deduplicated, "
                                 "dead_lettered = excluded.dead_lettered, "
                                 "history = excluded.history"));
  return totals.bind_u64(batch.totals.applied)
      .bind_u64(batch.totals.deduplicated)
      .bind_u64(batch.totals.dead_lettered)
      .bind_u64(batch.totals.history)
      .run();
}

Error already_there(const Event& event, const Error& cause) {
  if (cause.code != ErrorCode::kConflict) return cause;
  return Error{ErrorCode::kConflict,
               fmt::format("event {} of viewer '{}' is in the history already; the fold must not "
                           "apply it again",
                           event.event_id.to_string(), event.user_id.value())};
}

Result<void> write_events(SqliteConnection& connection, const FoldBatch& batch) {
  static const std::string kSql = fmt::format(
      "INSERT INTO interactions(user_id, seq, {}, partition, sequence, fingerprint, undone, "
      "applied_at) VALUES(?,?, ?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?)",
      kEventColumns);
  MARQUEE_TRY(auto insert, connection.prepare(kSql));
  for (const AppliedEvent& applied : batch.applied) {
    insert.bind(std::string_view(applied.event.user_id.value())).bind_u64(applied.seq);
    bind_event(insert, applied.event);
    if (applied.offset) {
      insert.bind(std::int64_t{applied.offset->partition}).bind_u64(applied.offset->sequence);
    } else {
      insert.bind_null().bind_null();
    }
    insert.bind_u64(applied.fingerprint)
        .bind(std::int64_t{applied.undone})
        .bind(applied.applied_at_ms);
    if (auto outcome = insert.run(); !outcome.ok()) {
      return already_there(applied.event, outcome.error());
    }
    if (!applied.undone) MARQUEE_CHECK(add_click(connection, applied.event));
  }
  return {};
}

Result<void> write_undone(SqliteConnection& connection, const FoldBatch& batch) {
  MARQUEE_TRY(auto update, connection.prepare("UPDATE interactions SET undone = 1 "
                                              "WHERE user_id = ? AND seq = ? AND undone = 0 "
                                              "RETURNING list_id, movie_id, event_type"));
  for (const auto& [user, seq] : batch.undone) {
    update.bind(std::string_view(user.value())).bind_u64(seq);
    MARQUEE_TRY(const bool marked, update.step());
    std::optional<Event> click;
    if (marked && !update.is_null(0)) {
      click.emplace();
      click->user_id = user;
      click->list_id = ListId(update.string(0));
      click->movie_id = MovieId(update.string(1));
      click->type = static_cast<EventType>(update.i64(2));
    }
    MARQUEE_CHECK(marked ? update.run() : Result<void>());
    update.rewind();
    if (click) MARQUEE_CHECK(remove_click(connection, *click));
  }
  return {};
}

Result<void> write_profiles(SqliteConnection& connection, const FoldBatch& batch,
                            const std::vector<std::string>& blobs) {
  MARQUEE_TRY(auto upsert,
              connection.prepare("INSERT INTO user_profiles VALUES(?, ?, ?, ?, ?) "
                                 "ON CONFLICT(user_id) DO UPDATE SET state = excluded.state, "
                                 "version = excluded.version, last_offset = excluded.last_offset, "
                                 "updated_at = excluded.updated_at"));
  const std::int64_t updated_at = batch.applied.empty() ? 0 : batch.applied.back().applied_at_ms;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const auto& [user, profile] = batch.profiles[i];
    upsert.bind(std::string_view(user.value()))
        .bind_blob(std::as_bytes(std::span(blobs[i])))
        .bind_u64(profile->version);
    if (profile->last_offset) {
      upsert.bind(std::string_view(profile->last_offset->to_string()));
    } else {
      upsert.bind_null();
    }
    MARQUEE_CHECK(upsert.bind(updated_at).run());
  }
  return {};
}

Result<void> write_counts(SqliteConnection& connection, const FoldBatch& batch,
                          const MovieTable& movies) {
  std::map<std::pair<MovieKey, std::int32_t>, std::int64_t> sums;
  for (const CountDelta& delta : batch.counts) sums[{delta.movie, delta.day}] += delta.delta;
  MARQUEE_TRY(auto add, connection.prepare("INSERT INTO movie_counts VALUES(?, ?, ?) "
                                           "ON CONFLICT(movie_id, day) DO UPDATE SET "
                                           "count = count + excluded.count RETURNING count"));
  MARQUEE_TRY(auto remove,
              connection.prepare("DELETE FROM movie_counts WHERE movie_id = ? AND day = ?"));
  for (const auto& [key, sum] : sums) {
    if (sum == 0) continue;
    const std::string& movie = movies.id_of(key.first).value();
    add.bind(std::string_view(movie)).bind(std::int64_t{key.second}).bind(sum);
    MARQUEE_TRY(const bool row, add.step());
    const bool gone = row && add.i64(0) == 0;
    MARQUEE_CHECK(add.run());
    if (gone) {
      MARQUEE_CHECK(remove.bind(std::string_view(movie)).bind(std::int64_t{key.second}).run());
    }
  }
  return {};
}

Result<void> write_dead_letters(SqliteConnection& connection, const FoldBatch& batch) {
  static const std::string kSql = fmt::format(
      "INSERT OR REPLACE INTO dead_letters(partition, sequence, user_id, {}, fingerprint, reason) "
      "VALUES(?,?,?, ?,?,?,?,?,?,?,?,?,?, ?,?)",
      kEventColumns);
  MARQUEE_TRY(auto insert, connection.prepare(kSql));
  for (const DeadLetter& letter : batch.dead_letters) {
    insert.bind(std::int64_t{letter.offset.partition})
        .bind_u64(letter.offset.sequence)
        .bind(std::string_view(letter.event.user_id.value()));
    bind_event(insert, letter.event);
    MARQUEE_CHECK(insert.bind_u64(letter.fingerprint).bind(std::string_view(letter.reason)).run());
  }
  return {};
}

Result<void> write_deduplicated(SqliteConnection& connection, const FoldBatch& batch) {
  MARQUEE_TRY(auto insert, connection.prepare(
                               "INSERT OR REPLACE INTO deduplicated VALUES(?, ?, ?, ?, ?, ?, ?)"));
  for (const Deduplicated& repeat : batch.deduplicated) {
    insert.bind(std::int64_t{repeat.offset.partition})
        .bind_u64(repeat.offset.sequence)
        .bind(std::string_view(repeat.user_id.value()));
    bind_event_id(insert, repeat.event_id);
    MARQUEE_CHECK(insert.bind(std::int64_t{repeat.conflict})
                      .bind_u64(repeat.fingerprint)
                      .bind(repeat.accepted_at_ms)
                      .run());
  }
  return {};
}

}  // namespace

std::vector<std::string> encode_profiles(const FoldBatch& batch, const MovieTable& movies) {
  std::vector<std::string> blobs;
  blobs.reserve(batch.profiles.size());
  for (const auto& [user, profile] : batch.profiles) {
    blobs.push_back(formats::encode_profile(*profile, movies));
  }
  return blobs;
}

Result<void> write_fold_batch(SqliteConnection& connection, const FoldBatch& batch,
                              const std::vector<std::string>& blobs, const MovieTable& movies) {
  MARQUEE_CHECK(check_position(connection, batch));
  MARQUEE_CHECK(write_events(connection, batch));
  MARQUEE_CHECK(write_undone(connection, batch));
  MARQUEE_CHECK(write_profiles(connection, batch, blobs));
  MARQUEE_CHECK(write_counts(connection, batch, movies));
  MARQUEE_CHECK(write_dead_letters(connection, batch));
  MARQUEE_CHECK(write_deduplicated(connection, batch));
  return write_position(connection, batch);
}

}  // namespace marquee::embedded
