#include "adapters/postgres/profile_store.h"

#include <limits>
#include <utility>

#include "adapters/postgres/fold_listener.h"
#include "adapters/postgres/fold_writer.h"
#include "adapters/postgres/history_rows.h"
#include "formats/profile_blob.h"

namespace marquee::postgres {
namespace {

constexpr int kChunkRows = 1'000;
constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

Result<UserProfile> decode_stored(std::span<const std::byte> blob, const UserId& user,
                                  MovieTable& movies) {
  auto decoded = formats::decode_profile(blob, movies);
  if (decoded.ok()) return decoded;
  return decoded.error().with_context("stored state of viewer '" + user.value() + "'");
}

using OnProfile = std::function<void(UserId, UserProfile)>;

/// Calls back with one row of (user_id, state).
Result<void> hand_out(const Rows& rows, int row, MovieTable& movies, const OnProfile& profile) {
  UserId user(rows.string(row, 0));
  MARQUEE_TRY(auto decoded, decode_stored(rows.blob(row, 1), user, movies));
  profile(std::move(user), std::move(decoded));
  return {};
}

/// Calls back with the profiles of a query of (user_id, state).
Result<void> each_profile(PostgresTransaction& snapshot, const Statement& query, MovieTable& movies,
                          const OnProfile& profile) {
  return snapshot.for_each(query, kChunkRows, [&](const Rows& rows, int row) {
    return hand_out(rows, row, movies, profile);
  });
}

Result<void> each_count(PostgresTransaction& snapshot, MovieTable& movies,
                        const std::function<void(const CountDelta&)>& count) {
  const Statement query{"SELECT movie_id, day, count FROM movie_counts ORDER BY movie_id, day"};
  return snapshot.for_each(query, kChunkRows, [&](const Rows& rows, int row) -> Result<void> {
    count(CountDelta{movies.intern(MovieId(rows.string(row, 0))), rows.i32(row, 1),
                     static_cast<std::int32_t>(rows.i64(row, 2))});
    return {};
  });
}

/// Profiles whose last event is not behind `seen`; a partition that `seen` lacks is all new. Each
/// event's partition has a row in cursors, made by the step that applied it. `limit` of them.
Statement changed_profiles(const Cursor& seen, std::int64_t limit) {
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn nexts(TypeOid::kInt8);
  for (const auto& [partition, next] : seen.partitions()) {
    partitions.add(std::int64_t{partition});
    nexts.add_u64(next);
  }
  return {
      "SELECT p.user_id, p.state FROM cursors c "
      "LEFT JOIN unnest($1::int[], $2::bigint[]) s(partition, next) "
      "ON s.partition = c.partition "
      "JOIN user_profiles p ON p.partition = c.partition "
      "AND p.last_sequence >= coalesce(s.next, 0) WHERE c.consumer = 'speed' LIMIT $3",
      Parameters().add(partitions).add(nexts).add(limit)};
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// What steps of several partitions put into tables, as one: each statement then has all of it.
FoldBatch rows_of(std::span<const FoldBatch> steps) {
  if (steps.size() == 1) return steps.front();
  FoldBatch rows;
  for (const FoldBatch& step : steps) {
    append(rows.applied, step.applied);
    append(rows.undone, step.undone);
    append(rows.profiles, step.profiles);
    append(rows.counts, step.counts);
    append(rows.dead_letters, step.dead_letters);
    append(rows.deduplicated, step.deduplicated);
  }
  return rows;
}

Statement all_profiles() { return {"SELECT user_id, state FROM user_profiles ORDER BY user_id"}; }

}  // namespace

PostgresProfileStore::PostgresProfileStore(PostgresDatabase& database, MovieTable& movies)
    : database_(database), movies_(movies), listener_(std::make_unique<FoldListener>(database)) {}

PostgresProfileStore::~PostgresProfileStore() = default;

Result<FoldedTotals> PostgresProfileStore::totals() const {
  MARQUEE_TRY(const Rows rows,
              database_.query(position_statement(), database_.options().write_timeout));
  return read_position(rows).folded;
}

Result<FoldedTotals> PostgresProfileStore::load(
    const std::function<void(UserId, UserProfile)>& profile,
    const std::function<void(const CountDelta&)>& count) const {
  return database_.read_snapshot([&](PostgresTransaction& snapshot) -> Result<FoldedTotals> {
    MARQUEE_TRY(const Rows position, snapshot.run(position_statement()));
    MARQUEE_CHECK(each_profile(snapshot, all_profiles(), movies_, profile));
    MARQUEE_CHECK(each_count(snapshot, movies_, count));
    return read_position(position).folded;
  });
}

Result<std::shared_ptr<const UserProfile>> PostgresProfileStore::find_profile(
    const UserId& user) const {
  MARQUEE_TRY(auto found, find_profiles(std::span(&user, 1)));
  return std::move(found.front());
}

Result<std::vector<std::shared_ptr<const UserProfile>>> PostgresProfileStore::find_profiles(
    std::span<const UserId> users) const {
  ArrayColumn column(TypeOid::kText);
  for (const UserId& user : users) column.add(std::string_view(user.value()));
  std::vector<std::shared_ptr<const UserProfile>> found(users.size());
  if (users.empty()) return found;
  const Statement statement =
      repeated({"SELECT n.place, p.state FROM unnest($1::text[]) WITH ORDINALITY "
                "n(user_id, place) JOIN user_profiles p ON p.user_id = n.user_id",
                Parameters().add(column)});
  MARQUEE_TRY(const Rows rows,  // the fold asks, no request
              database_.query(statement, database_.options().write_timeout));
  for (int row = 0; row < rows.size(); ++row) {
    const auto place = static_cast<std::size_t>(rows.i64(row, 0)) - 1;
    MARQUEE_TRY(auto profile, decode_stored(rows.blob(row, 1), users[place], movies_));
    found[place] = std::make_shared<const UserProfile>(std::move(profile));
  }
  return found;
}

Result<void> PostgresProfileStore::apply(const FoldBatch& batch) {
  if (claims_) return apply_together(std::span(&batch, 1));
  const auto blobs = encode_profiles(batch, movies_);
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(move_cursor(transaction, batch));
    return write_fold_batch(transaction, batch, blobs, movies_, Offset::kEmbedded);
  });
}

Result<std::optional<AppliedEvent>> PostgresProfileStore::find_event(const UserId& user,
                                                                     const EventId& id) const {
  const EventKey key{user, id};
  MARQUEE_TRY(auto found, find_events(std::span(&key, 1)));
  return std::move(found.front());
}

Result<std::vector<std::optional<AppliedEvent>>> PostgresProfileStore::find_events(
    std::span<const EventKey> keys) const {
  std::vector<std::optional<AppliedEvent>> found(keys.size());
  if (keys.empty()) return found;
  MARQUEE_TRY(const Rows rows,
              database_.query(find_events_statement(keys), database_.options().write_timeout));
  for (int row = 0; row < rows.size(); ++row) {
    MARQUEE_TRY(auto event, read_found(rows, row, keys));
    found[event.key] = std::move(event.event);
  }
  return found;
}

Result<std::optional<EventReceipt>> PostgresProfileStore::receipt(const UserId& user,
                                                                  const EventId& id) const {
  MARQUEE_TRY(const Rows rows, database_.query(traces_statement(user, id)));
  return read_receipt(rows);
}

Result<HistoryPage> PostgresProfileStore::history(const UserId& user,
                                                  std::optional<std::uint64_t> before_seq,
                                                  std::size_t limit) const {
  HistoryPage page;
  if (limit == 0) return page;
  MARQUEE_TRY(const Rows rows, database_.query(history_statement(user, before_seq, limit),
                                               database_.options().write_timeout));
  for (int row = 0; row < rows.size(); ++row) {
    MARQUEE_TRY(auto applied, read_applied(rows, row, 0, user));
    page.events.push_back(std::move(applied));
  }
  // A viewer's history has no gaps: below seq 0 there is nothing.
  if (page.events.size() == limit && page.events.back().seq > 0) {
    page.next_before_seq = page.events.back().seq;
  }
  return page;
}

Result<std::vector<DeadLetter>> PostgresProfileStore::dead_letters(std::size_t limit) const {
  MARQUEE_TRY(const Rows rows,
              database_.query(dead_letters_statement(limit), database_.options().bulk_timeout));
  std::vector<DeadLetter> letters;
  for (int row = 0; row < rows.size(); ++row) {
    MARQUEE_TRY(auto letter, read_dead_letter(rows, row));
    letters.push_back(std::move(letter));
  }
  return letters;
}

Result<std::vector<Deduplicated>> PostgresProfileStore::deduplicated(
    const std::optional<Offset>& after, std::size_t limit) const {
  MARQUEE_TRY(const Rows rows, database_.query(deduplicated_statement(after, limit),
                                               database_.options().bulk_timeout));
  std::vector<Deduplicated> repeats;
  for (int row = 0; row < rows.size(); ++row) {
    MARQUEE_TRY(auto repeat, read_deduplicated(rows, row));
    repeats.push_back(std::move(repeat));
  }
  return repeats;
}

Result<void> PostgresProfileStore::reset() {
  return database_.write_bulk([](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(reset_position(transaction));
    return forget_fold(transaction);
  });
}

Result<std::optional<KnownEvent>> PostgresProfileStore::find_known(const UserId& user,
                                                                   const EventId& id) const {
  MARQUEE_TRY(const Rows rows, database_.query(traces_statement(user, id)));
  return read_known(rows);
}

Result<std::vector<PartitionPosition>> PostgresProfileStore::claim(
    std::span<const std::int32_t> partitions) {
  // Held only once they are known to be stored: an epoch that was rolled back is given out again.
  claims_ = Claims();
  Claims claimed;
  auto positions = database_.write([&](PostgresTransaction& transaction) {
    return claim_partitions(transaction, partitions, claimed);
  });
  if (positions.ok()) claims_ = std::move(claimed);
  return positions;
}

Result<void> PostgresProfileStore::apply_together(std::span<const FoldBatch> steps) {
  if (steps.empty()) return {};
  MARQUEE_CHECK(check_claimed(steps, claims_.value_or(Claims())));
  const FoldBatch rows = rows_of(steps);
  const auto blobs = encode_profiles(rows, movies_);
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(move_claimed_cursors(transaction, steps, *claims_));
    const std::int32_t slot = steps.front().after.partitions().begin()->first;
    return write_fold_batch(transaction, rows, blobs, movies_, slot);
  });
}

Result<FoldPosition> PostgresProfileStore::changes(
    const std::optional<FoldPosition>& seen,
    const std::function<void(UserId, UserProfile)>& profile) const {
  return database_.read_snapshot([&](PostgresTransaction& snapshot) -> Result<FoldPosition> {
    std::vector<Statement> first{position_statement()};
    if (seen) first.push_back(repeated(changed_profiles(seen->folded.cursor, kChunkRows)));
    MARQUEE_TRY(const auto given, snapshot.run(first));
    const FoldPosition now = read_position(given[0]);
    if (!seen || seen->rebuilds != now.rebuilds) {
      // In an order: what a film keeps of transitions beyond its limit depends on who came first.
      MARQUEE_CHECK(each_profile(snapshot, all_profiles(), movies_, profile));
    } else if (given[1].size() == kChunkRows) {  // and more, perhaps
      MARQUEE_CHECK(
          each_profile(snapshot, changed_profiles(seen->folded.cursor, kAll), movies_, profile));
    } else {
      for (int row = 0; row < given[1].size(); ++row) {
        MARQUEE_CHECK(hand_out(given[1], row, movies_, profile));
      }
    }
    return now;
  });
}

Result<void> PostgresProfileStore::wait_for_change(const FoldPosition& seen,
                                                   std::chrono::milliseconds wait) const {
  return listener_->wait(seen, std::chrono::steady_clock::now() + wait);
}

}  // namespace marquee::postgres
