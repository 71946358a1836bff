#include "adapters/embedded/sqlite/profile_store.h"

#include <limits>

#include <fmt/format.h>

#include "adapters/embedded/sqlite/clicks.h"
#include "adapters/embedded/sqlite/event_row.h"
#include "adapters/embedded/sqlite/fold_writer.h"
#include "formats/profile_blob.h"

namespace marquee::embedded {
namespace {

/// Runs `row` for every row of `query`.
template <typename Row>
Result<void> for_each(SqliteQuery& query, Row&& row) {
  for (;;) {
    MARQUEE_TRY(const bool more, query.step());
    if (!more) return {};
    MARQUEE_CHECK(row());
  }
}

std::optional<Offset> read_offset(const SqliteQuery& query, int first) {
  if (query.is_null(first)) return std::nullopt;
  return Offset{static_cast<std::int32_t>(query.i64(first)), query.u64(first + 1)};
}

const std::string& applied_columns() {
  static const std::string kColumns =
      fmt::format("seq, {}, partition, sequence, fingerprint, undone, applied_at", kEventColumns);
  return kColumns;
}

Result<AppliedEvent> read_applied(const SqliteQuery& query, const UserId& user) {
  constexpr int kAfterEvent = 1 + kEventColumnCount;
  AppliedEvent applied;
  MARQUEE_TRY(applied.event, read_event(query, 1, user));
  applied.seq = query.u64(0);
  applied.offset = read_offset(query, kAfterEvent);
  applied.fingerprint = query.u64(kAfterEvent + 2);
  applied.undone = query.i64(kAfterEvent + 3) != 0;
  applied.applied_at_ms = query.i64(kAfterEvent + 4);
  return applied;
}

Result<std::optional<AppliedEvent>> find_applied(SqliteConnection& connection, const UserId& user,
                                                 const EventId& id) {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM interactions WHERE event_id = ? AND user_id = ?", applied_columns());
  MARQUEE_TRY(auto query, connection.prepare(kSql));
  bind_event_id(query, id);
  query.bind(std::string_view(user.value()));
  MARQUEE_TRY(const bool row, query.step());
  if (!row) return std::optional<AppliedEvent>();
  MARQUEE_TRY(auto applied, read_applied(query, user));
  return std::optional(std::move(applied));
}

/// A row of `dead_letters` or `deduplicated` under an id.
struct Passed {
  KnownEvent known;
  bool conflict = false;
};

/// All such rows' first and last by offset.
struct PassedRows {
  std::optional<Passed> first;
  std::optional<Passed> last;
};

/// `sql` selects partition, sequence, fingerprint, accepted_at and a conflict flag. Nearly always
/// there is none, so it does not say ORDER BY: SQLite makes a table for its sorter first.
Result<PassedRows> find_passed(SqliteConnection& connection, std::string_view sql,
                               const UserId& user, const EventId& id) {
  MARQUEE_TRY(auto query, connection.prepare(sql));
  bind_event_id(query, id);
  query.bind(std::string_view(user.value()));
  PassedRows rows;
  for (;;) {
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return rows;
    const Offset offset{static_cast<std::int32_t>(query.i64(0)), query.u64(1)};
    const Passed passed{KnownEvent{offset, query.u64(2), query.i64(3)}, query.i64(4) != 0};
    if (!rows.first || offset < rows.first->known.offset) rows.first = passed;
    if (!rows.last || rows.last->known.offset < offset) rows.last = passed;
  }
}

Result<PassedRows> find_dead(SqliteConnection& connection, const UserId& user, const EventId& id) {
  return find_passed(connection,
                     "SELECT partition, sequence, fingerprint, accepted_at, 0 FROM dead_letters "
                     "WHERE event_id = ? AND user_id = ?",
                     user, id);
}

Result<PassedRows> find_repeats(SqliteConnection& connection, const UserId& user,
                                const EventId& id) {
  return find_passed(connection,
                     "SELECT partition, sequence, fingerprint, accepted_at, conflict "
                     "FROM deduplicated WHERE event_id = ? AND user_id = ?",
                     user, id);
}

Result<UserProfile> decode_stored(std::span<const std::byte> blob, const UserId& user,
                                  MovieTable& movies) {
  auto decoded = formats::decode_profile(blob, movies);
  if (decoded.ok()) return decoded;
  return decoded.error().with_context("stored state of viewer '" + user.value() + "'");
}

Result<void> load_profiles(SqliteConnection& connection, MovieTable& movies,
                           const std::function<void(UserId, UserProfile)>& profile) {
  MARQUEE_TRY(auto query,
              connection.prepare("SELECT user_id, state FROM user_profiles ORDER BY user_id"));
  return for_each(query, [&]() -> Result<void> {
    UserId user(query.string(0));
    MARQUEE_TRY(auto decoded, decode_stored(query.blob(1), user, movies));
    profile(std::move(user), std::move(decoded));
    return {};
  });
}

Result<void> load_counts(SqliteConnection& connection, MovieTable& movies,
                         const std::function<void(const CountDelta&)>& count) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT movie_id, day, count FROM movie_counts "
                                             "ORDER BY movie_id, day"));
  return for_each(query, [&]() -> Result<void> {
    count(CountDelta{movies.intern(MovieId(query.string(0))),
                     static_cast<std::int32_t>(query.i64(1)),
                     static_cast<std::int32_t>(query.i64(2))});
    return {};
  });
}

std::int64_t clamp_to_i64(std::uint64_t value) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  return value > static_cast<std::uint64_t>(kMax) ? kMax : static_cast<std::int64_t>(value);
}

}  // namespace

Result<FoldedTotals> read_fold_position(SqliteConnection& connection) {
  FoldedTotals position;
  MARQUEE_TRY(auto cursor, connection.prepare("SELECT partition, next_offset FROM cursors "
                                              "WHERE consumer = 'speed'"));
  MARQUEE_CHECK(for_each(cursor, [&]() -> Result<void> {
    position.cursor.set_next(static_cast<std::int32_t>(cursor.i64(0)), cursor.u64(1));
    return {};
  }));
  MARQUEE_TRY(auto totals,
              connection.prepare("SELECT applied, deduplicated, dead_lettered, history "
                                 "FROM fold_totals WHERE consumer = 'speed'"));
  MARQUEE_TRY(const bool row, totals.step());
  if (row) {
    position.totals = FoldTotals{totals.u64(0), totals.u64(1), totals.u64(2), totals.u64(3)};
  }
  return position;
}

Result<FoldedTotals> SqliteProfileStore::totals() const {
  return database_.read([](SqliteConnection& reader) { return read_fold_position(reader); });
}

Result<FoldedTotals> SqliteProfileStore::load(
    const std::function<void(UserId, UserProfile)>& profile,
    const std::function<void(const CountDelta&)>& count) const {
  return database_.read([&](SqliteConnection& reader) -> Result<FoldedTotals> {
    MARQUEE_CHECK(load_profiles(reader, movies_, profile));
    MARQUEE_CHECK(load_counts(reader, movies_, count));
    return read_fold_position(reader);
  });
}

Result<std::shared_ptr<const UserProfile>> SqliteProfileStore::find_profile(
    const UserId& user) const {
  using Found = std::shared_ptr<const UserProfile>;
  return database_.read([&](SqliteConnection& reader) -> Result<Found> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT state FROM user_profiles WHERE user_id = ?"));
    query.bind(std::string_view(user.value()));
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return Found();
    MARQUEE_TRY(auto profile, decode_stored(query.blob(0), user, movies_));
    return Found(std::make_shared<const UserProfile>(std::move(profile)));
  });
}

Result<void> SqliteProfileStore::apply(const FoldBatch& batch) {
  const auto blobs = encode_profiles(batch, movies_);
  return database_.write(SqliteDatabase::Sync::kNormal, [&](SqliteConnection& writer) {
    return write_fold_batch(writer, batch, blobs, movies_);
  });
}

Result<std::optional<AppliedEvent>> SqliteProfileStore::find_event(const UserId& user,
                                                                   const EventId& id) const {
  return database_.read([&](SqliteConnection& reader) { return find_applied(reader, user, id); });
}

Result<std::optional<EventReceipt>> SqliteProfileStore::receipt(const UserId& user,
                                                                const EventId& id) const {
  using Status = EventReceipt::Status;
  return database_.read([&](SqliteConnection& reader) -> Result<std::optional<EventReceipt>> {
    MARQUEE_TRY(const auto applied, find_applied(reader, user, id));
    MARQUEE_TRY(const PassedRows buried, find_dead(reader, user, id));
    MARQUEE_TRY(const PassedRows repeats, find_repeats(reader, user, id));
    const auto& dead = buried.first;
    const auto& first = repeats.first;
    const auto& last = repeats.last;
    std::optional<EventReceipt> receipt;
    if (applied) {
      receipt = EventReceipt{Status::kApplied, applied->offset, applied->event.accepted_at_ms,
                             applied->applied_at_ms};
    } else if (dead) {
      receipt = EventReceipt{Status::kDeadLettered, dead->known.offset, dead->known.accepted_at_ms,
                             std::nullopt};
    } else if (first) {
      receipt = EventReceipt{Status::kDuplicate, first->known.offset, first->known.accepted_at_ms,
                             std::nullopt};
    }
    if (last) receipt->status = last->conflict ? Status::kConflict : Status::kDuplicate;
    return receipt;
  });
}

Result<HistoryPage> SqliteProfileStore::history(const UserId& user,
                                                std::optional<std::uint64_t> before_seq,
                                                std::size_t limit) const {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM interactions WHERE user_id = ? AND seq < ? "
      "ORDER BY seq DESC LIMIT ?",
      applied_columns());
  if (limit == 0) return HistoryPage{};
  return database_.read([&](SqliteConnection& reader) -> Result<HistoryPage> {
    MARQUEE_TRY(auto query, reader.prepare(kSql));
    query.bind(std::string_view(user.value()))
        .bind(clamp_to_i64(before_seq.value_or(std::numeric_limits<std::uint64_t>::max())))
        .bind(clamp_to_i64(limit));
    HistoryPage page;
    MARQUEE_CHECK(for_each(query, [&]() -> Result<void> {
      MARQUEE_TRY(auto applied, read_applied(query, user));
      page.events.push_back(std::move(applied));
      return {};
    }));
    // A viewer's history has no gaps: below seq 0 there is nothing.
    if (page.events.size() == limit && page.events.back().seq > 0) {
      page.next_before_seq = page.events.back().seq;
    }
    return page;
  });
}

Result<std::vector<DeadLetter>> SqliteProfileStore::dead_letters(std::size_t limit) const {
  static const std::string kSql = fmt::format(
      "SELECT partition, sequence, user_id, fingerprint, reason, {} FROM dead_letters "
      "ORDER BY partition, sequence LIMIT ?",
      kEventColumns);
  return database_.read([&](SqliteConnection& reader) -> Result<std::vector<DeadLetter>> {
    MARQUEE_TRY(auto query, reader.prepare(kSql));
    query.bind(clamp_to_i64(limit));
    std::vector<DeadLetter> letters;
    MARQUEE_CHECK(for_each(query, [&]() -> Result<void> {
      MARQUEE_TRY(auto event, read_event(query, 5, UserId(query.string(2))));
      letters.push_back(DeadLetter{Offset{static_cast<std::int32_t>(query.i64(0)), query.u64(1)},
                                   std::move(event), query.string(4), query.u64(3)});
      return {};
    }));
    return letters;
  });
}

Result<std::vector<Deduplicated>> SqliteProfileStore::deduplicated(
    const std::optional<Offset>& after, std::size_t limit) const {
  return database_.read([&](SqliteConnection& reader) -> Result<std::vector<Deduplicated>> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT partition, sequence, user_id, event_id, "
                                           "conflict, fingerprint, accepted_at FROM deduplicated "
                                           "WHERE (partition, sequence) > (?, ?) "
                                           "ORDER BY partition, sequence LIMIT ?"));
    query.bind(after ? std::int64_t{after->partition} : std::numeric_limits<std::int64_t>::min())
        .bind_u64(after ? after->sequence : 0)
        .bind(clamp_to_i64(limit));
    std::vector<Deduplicated> repeats;
    MARQUEE_CHECK(for_each(query, [&]() -> Result<void> {
      const auto id = read_event_id(query, 3);
      if (!id) return Error{ErrorCode::kDataLoss, "a repeat has an event_id that is none"};
      repeats.push_back(Deduplicated{Offset{static_cast<std::int32_t>(query.i64(0)), query.u64(1)},
                                     UserId(query.string(2)), *id, query.i64(4) != 0, query.u64(5),
                                     query.i64(6)});
      return {};
    }));
    return repeats;
  });
}

Result<void> SqliteProfileStore::reset() {
  return database_.write(SqliteDatabase::Sync::kNormal, [](SqliteConnection& writer) {
    auto outcome = writer.execute(
        "DELETE FROM cursors WHERE consumer = 'speed';"
        "DELETE FROM fold_totals WHERE consumer = 'speed';"
        "DELETE FROM user_profiles; DELETE FROM movie_counts; DELETE FROM interactions;"
        "DELETE FROM dead_letters; DELETE FROM deduplicated");
    return outcome.ok() ? forget_clicks(writer) : outcome;
  });
}

Result<std::optional<KnownEvent>> SqliteProfileStore::find_known(const UserId& user,
                                                                 const EventId& id) const {
  return database_.read([&](SqliteConnection& reader) -> Result<std::optional<KnownEvent>> {
    MARQUEE_TRY(const auto applied, find_applied(reader, user, id));
    MARQUEE_TRY(const PassedRows dead, find_dead(reader, user, id));
    MARQUEE_TRY(const PassedRows repeats, find_repeats(reader, user, id));
    std::optional<KnownEvent> first;
    const auto consider = [&first](const KnownEvent& known) {
      if (!first || known.offset < first->offset) first = known;
    };
    if (applied && applied->offset) {
      consider({*applied->offset, applied->fingerprint, applied->event.accepted_at_ms});
    }
    if (dead.first) consider(dead.first->known);
    if (repeats.first) consider(repeats.first->known);
    return first;
  });
}

}  // namespace marquee::embedded
