#include "adapters/postgres/fold_position.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace marquee::postgres {
namespace {

/// An absent partition starts at 0, so {} and {-1: 0} are the same place.
bool same_place(const Cursor& a, const Cursor& b) {
  const auto covers = [](const Cursor& left, const Cursor& right) {
    return std::all_of(left.partitions().begin(), left.partitions().end(),
                       [&](const auto& entry) { return right.next(entry.first) == entry.second; });
  };
  return covers(a, b) && covers(b, a);
}

Error elsewhere() {
  return Error{ErrorCode::kFailedPrecondition,
               "the stored cursor is not where this fold stands: another process folded meanwhile; "
               "load the state again"};
}

Error claimed_by_another(std::int32_t partition) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("partition {} is folded by another process now, or its cursor moved; "
                           "claim it again",
                           partition)};
}

FoldTotals read_totals(const Rows& rows, int row, int first) {
  return FoldTotals{rows.u64(row, first), rows.u64(row, first + 1), rows.u64(row, first + 2),
                    rows.u64(row, first + 3)};
}

FoldTotals difference(const FoldTotals& a, const FoldTotals& b) {
  return FoldTotals{a.applied - b.applied, a.deduplicated - b.deduplicated,
                    a.dead_lettered - b.dead_lettered, a.history - b.history};
}

Statement totals_statement(std::int32_t partition, const FoldTotals& totals) {
  return repeated(
      {"INSERT INTO fold_totals VALUES('speed', $1, $2, $3, $4, $5) "
       "ON CONFLICT(consumer, partition) DO UPDATE SET applied = excluded.applied, "
       "deduplicated = excluded.deduplicated, dead_lettered = excluded.dead_lettered, "
       "history = excluded.history",
       Parameters()
           .add(partition)
           .add_u64(totals.applied)
           .add_u64(totals.deduplicated)
           .add_u64(totals.dead_lettered)
           .add_u64(totals.history)});
}

Statement claimed_totals_statement(const std::map<std::int32_t, const FoldBatch*>& steps) {
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn applied(TypeOid::kInt8);
  ArrayColumn deduplicated(TypeOid::kInt8);
  ArrayColumn dead_lettered(TypeOid::kInt8);
  ArrayColumn history(TypeOid::kInt8);
  for (const auto& [partition, step] : steps) {
    partitions.add(std::int64_t{partition});
    applied.add_u64(step->totals.applied);
    deduplicated.add_u64(step->totals.deduplicated);
    dead_lettered.add_u64(step->totals.dead_lettered);
    history.add_u64(step->totals.history);
  }
  return repeated(
      {"INSERT INTO fold_totals SELECT 'speed', * FROM "
       "unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) "
       "ON CONFLICT(consumer, partition) DO UPDATE SET applied = excluded.applied, "
       "deduplicated = excluded.deduplicated, dead_lettered = excluded.dead_lettered, "
       "history = excluded.history",
       Parameters()
           .add(partitions)
           .add(applied)
           .add(deduplicated)
           .add(dead_lettered)
           .add(history)});
}

/// Partition::bigint goes where an int is wanted: the server narrows what is assigned, but does not
/// compare an int column with a bigint parameter by index alone.
ArrayColumn partition_column(const std::vector<std::int32_t>& partitions) {
  ArrayColumn column(TypeOid::kInt4);
  for (const std::int32_t partition : partitions) column.add(std::int64_t{partition});
  return column;
}

}  // namespace

Statement position_statement() {
  return repeated(
      {"SELECT 0, partition, next_offset, 0::bigint, 0::bigint, 0::bigint "
       "FROM cursors WHERE consumer = 'speed' "
       "UNION ALL SELECT 1, partition, applied, deduplicated, dead_lettered, history "
       "FROM fold_totals WHERE consumer = 'speed' "
       "UNION ALL SELECT 2, 0, rebuilds, 0, 0, 0 FROM fold_rebuilds WHERE consumer = 'speed'"});
}

FoldPosition read_position(const Rows& rows) {
  FoldPosition position;
  FoldTotals& sum = position.folded.totals;
  for (int row = 0; row < rows.size(); ++row) {
    switch (rows.i64(row, 0)) {
      case 0:
        position.folded.cursor.set_next(rows.i32(row, 1), rows.u64(row, 2));
        break;
      case 1: {
        const FoldTotals part = read_totals(rows, row, 2);
        sum.applied += part.applied;
        sum.deduplicated += part.deduplicated;
        sum.dead_lettered += part.dead_lettered;
        sum.history += part.history;
        break;
      }
      default:
        position.rebuilds = rows.u64(row, 2);
    }
  }
  return position;
}

Result<void> move_cursor(PostgresTransaction& transaction, const FoldBatch& batch) {
  const std::vector<Statement> reads{
      {"LOCK TABLE cursors IN SHARE ROW EXCLUSIVE MODE"},
      position_statement(),
      {"SELECT coalesce(sum(applied), 0)::bigint, coalesce(sum(deduplicated), 0)::bigint, "
       "coalesce(sum(dead_lettered), 0)::bigint, coalesce(sum(history), 0)::bigint "
       "FROM fold_totals WHERE consumer = 'speed' AND partition <> -1"}};
  MARQUEE_TRY(const auto given, transaction.run(reads));
  if (!same_place(read_position(given[1]).folded.cursor, batch.before)) return elsewhere();
  ArrayColumn partitions(TypeOid::kInt4);
  ArrayColumn nexts(TypeOid::kInt8);
  for (const auto& [partition, next] : batch.after.partitions()) {
    partitions.add(std::int64_t{partition});
    nexts.add_u64(next);
  }
  const std::vector<Statement> writes{
      {"INSERT INTO cursors(consumer, partition, next_offset) "
       "SELECT 'speed', * FROM unnest($1::int[], $2::bigint[]) "
       "ON CONFLICT(consumer, partition) DO UPDATE SET next_offset = excluded.next_offset",
       Parameters().add(partitions).add(nexts)},
      totals_statement(Offset::kEmbedded, difference(batch.totals, read_totals(given[2], 0, 0)))};
  return transaction.execute(writes);
}

Result<void> check_claimed(std::span<const FoldBatch> steps, const Claims& claims) {
  std::set<std::int32_t> met;
  for (const FoldBatch& step : steps) {
    const auto& partitions = step.after.partitions();
    if (partitions.size() != 1 || !met.insert(partitions.begin()->first).second) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("a step under a claim is of one partition and the only one of it, "
                               "this one is of {}",
                               partitions.size())};
    }
    const std::int32_t partition = partitions.begin()->first;
    if (!claims.contains(partition)) return claimed_by_another(partition);
  }
  return {};
}

Result<void> move_claimed_cursors(PostgresTransaction& transaction,
                                  std::span<const FoldBatch> steps, const Claims& claims) {
  // In ascending order, as claim_partitions() takes them: else two could wait for each other.
  std::map<std::int32_t, const FoldBatch*> ascending;
  for (const FoldBatch& step : steps) ascending[step.after.partitions().begin()->first] = &step;
  std::vector<Statement> writes;
  for (const auto& [partition, step] : ascending) {
    writes.push_back(repeated(
        {"UPDATE cursors SET next_offset = $1 WHERE consumer = 'speed' AND partition = $2::int "
         "AND epoch = $3 AND next_offset = $4",
         Parameters()
             .add_u64(step->after.next(partition))
             .add(partition)
             .add(claims.at(partition))
             .add_u64(step->before.next(partition))}));
  }
  writes.push_back(claimed_totals_statement(ascending));
  MARQUEE_TRY(const auto written, transaction.run(writes));
  auto moved = written.begin();
  for (const auto& [partition, step] : ascending) {
    if ((moved++)->changed() != 1) return claimed_by_another(partition);
  }
  return {};
}

Result<std::vector<PartitionPosition>> claim_partitions(PostgresTransaction& transaction,
                                                        std::span<const std::int32_t> partitions,
                                                        Claims& claims) {
  const std::set<std::int32_t> ascending(partitions.begin(), partitions.end());
  const ArrayColumn column = partition_column({ascending.begin(), ascending.end()});
  const std::vector<Statement> statements{
      {"INSERT INTO cursors(consumer, partition, next_offset, epoch) "
       "SELECT 'speed', p, 0, 1 FROM unnest($1::int[]) p ORDER BY p "
       "ON CONFLICT(consumer, partition) DO UPDATE SET epoch = cursors.epoch + 1 "
       "RETURNING partition, next_offset, epoch",
       Parameters().add(column)},
      {"SELECT partition, applied, deduplicated, dead_lettered, history FROM fold_totals "
       "WHERE consumer = 'speed' AND partition = ANY($1::int[])",
       Parameters().add(column)}};
  MARQUEE_TRY(const auto given, transaction.run(statements));
  std::map<std::int32_t, PartitionPosition> found;
  claims.clear();
  for (int row = 0; row < given[0].size(); ++row) {
    const std::int32_t partition = given[0].i32(row, 0);
    claims[partition] = given[0].i64(row, 2);
    found[partition] = PartitionPosition{partition, given[0].u64(row, 1), {}};
  }
  for (int row = 0; row < given[1].size(); ++row) {
    found[given[1].i32(row, 0)].totals = read_totals(given[1], row, 1);
  }
  std::vector<PartitionPosition> positions;
  positions.reserve(partitions.size());
  for (const std::int32_t partition : partitions) positions.push_back(found[partition]);
  return positions;
}

Result<void> reset_position(PostgresTransaction& transaction) {
  const std::vector<Statement> statements{
      {"LOCK TABLE cursors IN SHARE ROW EXCLUSIVE MODE"},
      {"UPDATE cursors SET next_offset = 0 WHERE consumer = 'speed'"},
      {"DELETE FROM fold_totals WHERE consumer = 'speed'"},
      {"UPDATE fold_rebuilds SET rebuilds = rebuilds + 1 WHERE consumer = 'speed'"}};
  return transaction.execute(statements);
}

}  // namespace marquee::postgres
