#include "adapters/postgres/fold_writer.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "adapters/postgres/clicks.h"
#include "adapters/postgres/event_copy.h"
#include "adapters/postgres/event_row.h"
#include "adapters/postgres/storable_text.h"
#include "formats/profile_blob.h"

namespace marquee::postgres {
namespace {

Statement insert_events(const std::vector<AppliedEvent>& applied) {
  ArrayColumn users(TypeOid::kText);
  ArrayColumn seqs(TypeOid::kInt8);
  EventColumns events;
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn sequences(TypeOid::kInt8);
  ArrayColumn fingerprints(TypeOid::kInt8);
  ArrayColumn undone(TypeOid::kBool);
  ArrayColumn times(TypeOid::kInt8);
  for (const AppliedEvent& one : applied) {
    users.add(std::string_view(one.event.user_id.value()));
    seqs.add_u64(one.seq);
    events.add(one.event);
    if (one.offset) {
      partitions.add(std::int64_t{one.offset->partition});
      sequences.add_u64(one.offset->sequence);
    } else {
      partitions.add_null();
      sequences.add_null();
    }
    fingerprints.add_u64(one.fingerprint);
    undone.add(one.undone);
    times.add(one.applied_at_ms);
  }
  static const std::string kSql = fmt::format(
      "INSERT INTO interactions(user_id, seq, {}, partition, sequence, fingerprint, undone, "
      "applied_at) SELECT * FROM unnest($1::text[], $2::bigint[], {}, $13::int[], $14::bigint[], "
      "$15::bigint[], $16::bool[], $17::bigint[])",
      kEventColumns, EventColumns::placeholders(3));
  Statement statement = repeated({kSql, Parameters().add(users).add(seqs)});
  events.append_to(statement.parameters);
  statement.parameters.add(partitions).add(sequences).add(fingerprints).add(undone).add(times);
  return statement;
}

/// Returns what was marked, for the clicks.
Statement mark_undone(const FoldBatch& batch) {
  ArrayColumn users(TypeOid::kText);
  ArrayColumn seqs(TypeOid::kInt8);
  for (const auto& [user, seq] : batch.undone) {
    users.add(std::string_view(user.value()));
    seqs.add_u64(seq);
  }
  return {
      "UPDATE interactions i SET undone = true "
      "FROM unnest($1::text[], $2::bigint[]) n(user_id, seq) "
      "WHERE i.user_id = n.user_id AND i.seq = n.seq AND NOT i.undone "
      "RETURNING i.user_id, i.list_id, i.movie_id, i.event_type",
      Parameters().add(users).add(seqs)};
}

std::vector<Event> read_undone(const Rows& rows) {
  std::vector<Event> undone;
  for (int row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, 1)) continue;
    Event event;
    event.user_id = UserId(rows.string(row, 0));
    event.list_id = ListId(rows.string(row, 1));
    event.movie_id = MovieId(rows.string(row, 2));
    event.type = static_cast<EventType>(rows.i64(row, 3));
    undone.push_back(std::move(event));
  }
  return undone;
}

Statement upsert_profiles(const FoldBatch& batch, const std::vector<std::string>& blobs) {
  // A viewer who is named twice stands as the last says; a statement may touch a row only once.
  std::map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < blobs.size(); ++i) last[batch.profiles[i].first.value()] = i;
  ArrayColumn users(TypeOid::kText);
  ArrayColumn states(TypeOid::kBytea);
  ArrayColumn versions(TypeOid::kInt8);
  ArrayColumn offsets(TypeOid::kText);
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn sequences(TypeOid::kInt8);
  for (const auto& [user, i] : last) {
    const UserProfile& profile = *batch.profiles[i].second;
    users.add(user);
    states.add(std::string_view(blobs[i]));
    versions.add_u64(profile.version);
    if (profile.last_offset) {
      offsets.add(std::string_view(profile.last_offset->to_string()));
      partitions.add(std::int64_t{profile.last_offset->partition});
      sequences.add_u64(profile.last_offset->sequence);
    } else {
      offsets.add_null();
      partitions.add_null();
      sequences.add_null();
    }
  }
  const std::int64_t updated_at = batch.applied.empty() ? 0 : batch.applied.back().applied_at_ms;
  return repeated(
      {"INSERT INTO user_profiles(user_id, state, version, last_offset, partition, "
       "last_sequence, updated_at) SELECT *, $7::bigint FROM unnest($1::text[], $2::bytea[], "
       "$3::bigint[], $4::text[], $5::int[], $6::bigint[]) "
       "ON CONFLICT(user_id) DO UPDATE SET state = excluded.state, "
       "version = excluded.version, last_offset = excluded.last_offset, "
       "partition = excluded.partition, last_sequence = excluded.last_sequence, "
       "updated_at = excluded.updated_at",
       Parameters()
           .add(users)
           .add(states)
           .add(versions)
           .add(offsets)
           .add(partitions)
           .add(sequences)
           .add(updated_at)});
}

/// What was read of a record that may be no event at all. Its texts are made fit to be stored: a
/// fold that could not set it aside would stand still before it.
Event storable_event(const Event& event) {
  const auto fit = [](const auto& id) {
    return std::decay_t<decltype(id)>(storable(id.value(), kIdLengthMax));
  };
  Event stored = event;
  stored.user_id = fit(event.user_id);
  stored.movie_id = fit(event.movie_id);
  if (event.session_id) stored.session_id = fit(*event.session_id);
  if (event.list_id) stored.list_id = fit(*event.list_id);
  return stored;
}

Statement insert_dead_letters(const std::vector<DeadLetter>& letters) {
  std::map<Offset, const DeadLetter*> by_offset;
  for (const DeadLetter& letter : letters) by_offset[letter.offset] = &letter;
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn sequences(TypeOid::kInt8);
  ArrayColumn users(TypeOid::kText);
  EventColumns events;
  ArrayColumn fingerprints(TypeOid::kInt8);
  ArrayColumn reasons(TypeOid::kText);
  for (const auto& [offset, letter] : by_offset) {
    partitions.add(std::int64_t{offset.partition});
    sequences.add_u64(offset.sequence);
    const Event event = storable_event(letter->event);
    users.add(std::string_view(event.user_id.value()));
    events.add(event);
    fingerprints.add_u64(letter->fingerprint);
    reasons.add(std::string_view(storable(letter->reason)));
  }
  static const std::string kSql = fmt::format(
      "INSERT INTO dead_letters(partition, sequence, user_id, {}, fingerprint, reason) "
      "SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], {}, $14::bigint[], $15::text[])",
      kEventColumns, EventColumns::placeholders(4));
  Statement statement{kSql, Parameters().add(partitions).add(sequences).add(users)};
  events.append_to(statement.parameters);
  statement.parameters.add(fingerprints).add(reasons);
  return statement;
}

Statement insert_deduplicated(const std::vector<Deduplicated>& repeats) {
  std::map<Offset, const Deduplicated*> by_offset;
  for (const Deduplicated& repeat : repeats) by_offset[repeat.offset] = &repeat;
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn sequences(TypeOid::kInt8);
  ArrayColumn users(TypeOid::kText);
  ArrayColumn ids(TypeOid::kUuid);
  ArrayColumn conflicts(TypeOid::kBool);
  ArrayColumn fingerprints(TypeOid::kInt8);
  ArrayColumn times(TypeOid::kInt8);
  for (const auto& [offset, repeat] : by_offset) {
    partitions.add(std::int64_t{offset.partition});
    sequences.add_u64(offset.sequence);
    users.add(std::string_view(repeat->user_id.value()));
    ids.add(repeat->event_id);
    conflicts.add(repeat->conflict);
    fingerprints.add_u64(repeat->fingerprint);
    times.add(repeat->accepted_at_ms);
  }
  return {
      "INSERT INTO deduplicated SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], "
      "$4::uuid[], $5::bool[], $6::bigint[], $7::bigint[])",
      Parameters()
          .add(partitions)
          .add(sequences)
          .add(users)
          .add(ids)
          .add(conflicts)
          .add(fingerprints)
          .add(times)};
}

/// Adds up the counts, in order of film and day, and drops those that became 0.
std::vector<Statement> add_counts(const FoldBatch& batch, const MovieTable& movies) {
  // By id: keys are numbers of this process, another has others.
  std::map<std::pair<std::string_view, std::int32_t>, std::int64_t> sums;
  for (const CountDelta& delta : batch.counts) {
    sums[{movies.id_of(delta.movie).value(), delta.day}] += delta.delta;
  }
  std::erase_if(sums, [](const auto& entry) { return entry.second == 0; });
  if (sums.empty()) return {};
  ArrayColumn ids(TypeOid::kText);
  ArrayColumn days(TypeOid::kInt4);
  ArrayColumn deltas(TypeOid::kInt8);
  for (const auto& [key, sum] : sums) {
    ids.add(key.first);
    days.add(std::int64_t{key.second});
    deltas.add(sum);
  }
  return {
      repeated({"INSERT INTO movie_counts AS c SELECT * FROM "
                "unnest($1::text[], $2::int[], $3::bigint[]) "
                "ON CONFLICT(movie_id, day) DO UPDATE SET count = c.count + excluded.count",
                Parameters().add(ids).add(days).add(deltas)}),
      repeated({"DELETE FROM movie_counts c USING unnest($1::text[], $2::int[]) n(movie_id, day) "
                "WHERE c.movie_id = n.movie_id AND c.day = n.day AND c.count = 0",
                Parameters().add(ids).add(days)})};
}

Error already_there(const Error& cause) {
  if (cause.code != ErrorCode::kConflict) return cause;
  return cause.with_context(
      "an event of this step is in the history already; the fold must not apply it again");
}

/// What only this writer touches: the viewers of its partitions.
Result<std::vector<Event>> write_own_rows(PostgresTransaction& transaction, const FoldBatch& batch,
                                          const std::vector<std::string>& blobs) {
  const bool many = batch.applied.size() >= kCopiedEventsMin;
  if (many) {
    auto copied = copy_events(transaction, batch.applied);
    if (!copied.ok()) return already_there(copied.error());
  }
  std::vector<Statement> statements;
  if (!many && !batch.applied.empty()) statements.push_back(insert_events(batch.applied));
  if (!batch.profiles.empty()) statements.push_back(upsert_profiles(batch, blobs));
  if (!batch.dead_letters.empty()) statements.push_back(insert_dead_letters(batch.dead_letters));
  if (!batch.deduplicated.empty()) statements.push_back(insert_deduplicated(batch.deduplicated));
  const bool takes_back = !batch.undone.empty();
  if (takes_back) statements.push_back(mark_undone(batch));
  auto given = transaction.run(statements);
  if (!given.ok()) return already_there(given.error());
  return takes_back ? read_undone(given->back()) : std::vector<Event>();
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

Result<void> write_fold_batch(PostgresTransaction& transaction, const FoldBatch& batch,
                              const std::vector<std::string>& blobs, const MovieTable& movies,
                              std::int32_t slot) {
  MARQUEE_TRY(const auto undone, write_own_rows(transaction, batch, blobs));
  std::vector<Event> standing;
  for (const AppliedEvent& applied : batch.applied) {
    if (!applied.undone) standing.push_back(applied.event);
  }
  MARQUEE_CHECK(count_clicks(transaction, standing, undone, slot));
  std::vector<Statement> last = add_counts(batch, movies);
  // Wakes FoldChanges::wait_for_change() in every process, once this is committed.
  last.push_back(repeated({"SELECT pg_notify('marquee:' || current_schema(), '')"}));
  return transaction.execute(last);
}

Result<void> forget_fold(PostgresTransaction& transaction) {
  const std::vector<Statement> statements{{"DELETE FROM user_profiles"},
                                          {"DELETE FROM movie_counts"},
                                          {"DELETE FROM interactions"},
                                          {"DELETE FROM dead_letters"},
                                          {"DELETE FROM deduplicated"},
                                          {"DELETE FROM rec_feed"},
                                          {"SELECT pg_notify('marquee:' || current_schema(), '')"}};
  MARQUEE_CHECK(transaction.execute(statements));
  return forget_clicks(transaction);
}

}  // namespace marquee::postgres
