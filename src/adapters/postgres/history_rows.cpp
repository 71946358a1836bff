#include "adapters/postgres/history_rows.h"

#include <limits>

#include <fmt/format.h>

#include "adapters/postgres/event_row.h"

namespace marquee::postgres {
namespace {

std::string applied_columns(std::string_view table) {
  return fmt::format(
      "{0}.seq, {0}.event_id, {0}.movie_id, {0}.event_type, {0}.value, {0}.session_id, "
      "{0}.list_id, {0}.position, {0}.undoes, {0}.ts, {0}.accepted_at, {0}.partition, "
      "{0}.sequence, {0}.fingerprint, {0}.undone, {0}.applied_at",
      table);
}

std::int64_t clamp_to_i64(std::uint64_t value) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  return value > static_cast<std::uint64_t>(kMax) ? kMax : static_cast<std::int64_t>(value);
}

std::optional<Offset> read_offset(const Rows& rows, int row, int first) {
  if (rows.is_null(row, first)) return std::nullopt;
  return Offset{rows.i32(row, first), rows.u64(row, first + 1)};
}

enum Kind : std::int64_t { kApplied = 0, kDead = 1, kRepeat = 2 };

}  // namespace

Statement find_events_statement(std::span<const EventKey> keys) {
  ArrayColumn users(TypeOid::kText);
  ArrayColumn ids(TypeOid::kUuid);
  for (const EventKey& key : keys) {
    users.add(std::string_view(key.user_id.value()));
    ids.add(key.event_id);
  }
  static const std::string kSql = fmt::format(
      "SELECT k.place, {} FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY "
      "k(user_id, event_id, place) "
      "JOIN interactions i ON i.event_id = k.event_id AND i.user_id = k.user_id",
      applied_columns("i"));
  return repeated({kSql, Parameters().add(users).add(ids)});
}

Result<FoundEvent> read_found(const Rows& rows, int row, std::span<const EventKey> keys) {
  FoundEvent found;
  found.key = static_cast<std::size_t>(rows.i64(row, 0)) - 1;
  MARQUEE_TRY(found.event, read_applied(rows, row, 1, keys[found.key].user_id));
  return found;
}

Result<AppliedEvent> read_applied(const Rows& rows, int row, int first, const UserId& user) {
  const int after_event = first + 1 + kEventColumnCount;
  AppliedEvent applied;
  MARQUEE_TRY(applied.event, read_event(rows, row, first + 1, user));
  applied.seq = rows.u64(row, first);
  applied.offset = read_offset(rows, row, after_event);
  applied.fingerprint = rows.u64(row, after_event + 2);
  applied.undone = rows.flag(row, after_event + 3);
  applied.applied_at_ms = rows.i64(row, after_event + 4);
  return applied;
}

Statement history_statement(const UserId& user, std::optional<std::uint64_t> before_seq,
                            std::size_t limit) {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM interactions i WHERE user_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
      applied_columns("i"));
  return {kSql,
          Parameters()
              .add(user.value())
              .add(clamp_to_i64(before_seq.value_or(std::numeric_limits<std::uint64_t>::max())))
              .add(clamp_to_i64(limit))};
}

Statement traces_statement(const UserId& user, const EventId& id) {
  return {
      "SELECT 0, partition, sequence, fingerprint, accepted_at, false, applied_at "
      "FROM interactions WHERE event_id = $1 AND user_id = $2 "
      "UNION ALL SELECT 1, partition, sequence, fingerprint, accepted_at, false, 0 "
      "FROM dead_letters WHERE event_id = $1 AND user_id = $2 "
      "UNION ALL SELECT 2, partition, sequence, fingerprint, accepted_at, conflict, 0 "
      "FROM deduplicated WHERE event_id = $1 AND user_id = $2 ORDER BY 1, 2, 3",
      Parameters().add(id).add(user.value())};
}

std::optional<EventReceipt> read_receipt(const Rows& rows) {
  using Status = EventReceipt::Status;
  std::optional<EventReceipt> receipt;
  for (int row = 0; row < rows.size(); ++row) {
    const std::int64_t kind = rows.i64(row, 0);
    if (!receipt) {
      receipt = EventReceipt{kind == kApplied ? Status::kApplied : Status::kDeadLettered,
                             read_offset(rows, row, 1), rows.i64(row, 4), std::nullopt};
      if (kind == kApplied) receipt->applied_at_ms = rows.i64(row, 6);
    }
    // Repeats come last and in order, so that the latest decides.
    if (kind == kRepeat) {
      receipt->status = rows.flag(row, 5) ? Status::kConflict : Status::kDuplicate;
    }
  }
  return receipt;
}

std::optional<KnownEvent> read_known(const Rows& rows) {
  std::optional<KnownEvent> first;
  for (int row = 0; row < rows.size(); ++row) {
    const auto offset = read_offset(rows, row, 1);
    if (!offset || (first && first->offset <= *offset)) continue;
    first = KnownEvent{*offset, rows.u64(row, 3), rows.i64(row, 4)};
  }
  return first;
}

Statement dead_letters_statement(std::size_t limit) {
  static const std::string kSql = fmt::format(
      "SELECT partition, sequence, user_id, fingerprint, reason, {} FROM dead_letters "
      "ORDER BY partition, sequence LIMIT $1",
      kEventColumns);
  return {kSql, Parameters().add(clamp_to_i64(limit))};
}

Result<DeadLetter> read_dead_letter(const Rows& rows, int row) {
  MARQUEE_TRY(auto event, read_event(rows, row, 5, UserId(rows.string(row, 2))));
  return DeadLetter{Offset{rows.i32(row, 0), rows.u64(row, 1)}, std::move(event),
                    rows.string(row, 4), rows.u64(row, 3)};
}

Statement deduplicated_statement(const std::optional<Offset>& after, std::size_t limit) {
  constexpr const char* kSql =
      "SELECT partition, sequence, user_id, event_id, conflict, fingerprint, accepted_at "
      "FROM deduplicated WHERE (partition, sequence) > ($1::int, $2::bigint) "
      "ORDER BY partition, sequence LIMIT $3";
  const Parameters from =
      after ? Parameters().add(after->partition).add_u64(after->sequence)
            : Parameters().add(std::numeric_limits<std::int32_t>::min()).add(std::int64_t{0});
  return {kSql, Parameters(from).add(clamp_to_i64(limit))};
}

Result<Deduplicated> read_deduplicated(const Rows& rows, int row) {
  const auto id = rows.uuid(row, 3);
  if (!id) return Error{ErrorCode::kDataLoss, "a repeat has an event_id that is none"};
  return Deduplicated{Offset{rows.i32(row, 0), rows.u64(row, 1)},
                      UserId(rows.string(row, 2)),
                      *id,
                      rows.flag(row, 4),
                      rows.u64(row, 5),
                      rows.i64(row, 6)};
}

}  // namespace marquee::postgres
