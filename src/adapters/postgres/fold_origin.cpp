#include "adapters/postgres/fold_origin.h"

#include <string_view>

namespace marquee::postgres {

Result<std::optional<LogOrigin>> PostgresFoldOrigin::origin() const {
  MARQUEE_TRY(const Rows rows,
              database_.query({"SELECT cluster_id, partitions, topic FROM fold_origins "
                               "WHERE consumer = 'speed'"},
                              database_.options().write_timeout));
  if (rows.empty()) return std::optional<LogOrigin>();
  return std::optional(LogOrigin{rows.string(0, 0), rows.i32(0, 1), rows.string(0, 2)});
}

Result<void> PostgresFoldOrigin::set_origin(const LogOrigin& origin) {
  const Statement upsert{
      "INSERT INTO fold_origins(consumer, cluster_id, topic, partitions) "
      "VALUES('speed', $1, $2, $3) ON CONFLICT(consumer) DO UPDATE SET "
      "cluster_id = excluded.cluster_id, topic = excluded.topic, partitions = excluded.partitions",
      Parameters()
          .add(std::string_view(origin.cluster_id))
          .add(std::string_view(origin.topic))
          .add(origin.partitions)};
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    return transaction.execute(std::span(&upsert, 1));
  });
}

Result<std::vector<FoldedEvent>> PostgresFoldOrigin::last_applied() const {
  // The index on (partition, last_sequence) gives the viewer, whose events are few. Reserved
  // viewers have no history.
  MARQUEE_TRY(
      const Rows rows,
      database_.query(
          {"SELECT p.partition, p.last_sequence, p.user_id, i.event_id FROM cursors c "
           "CROSS JOIN LATERAL (SELECT user_id, partition, last_sequence FROM user_profiles u "
           "WHERE u.partition = c.partition AND NOT starts_with(u.user_id, $1) ORDER BY "
           "last_sequence DESC LIMIT 1) p "
           "JOIN interactions i ON i.user_id = p.user_id AND i.partition = p.partition "
           "AND i.sequence = p.last_sequence "
           "WHERE c.consumer = 'speed' AND c.partition >= 0 ORDER BY p.partition",
           Parameters().add(kReservedPrefix)},
          database_.options().write_timeout));
  std::vector<FoldedEvent> last;
  for (int row = 0; row < rows.size(); ++row) {
    const auto id = rows.uuid(row, 3);
    if (!id) continue;
    last.push_back({Offset{rows.i32(row, 0), rows.u64(row, 1)}, UserId(rows.string(row, 2)), *id});
  }
  return last;
}

}  // namespace marquee::postgres
