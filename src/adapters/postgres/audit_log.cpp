#include "adapters/postgres/audit_log.h"

#include <limits>

namespace marquee::postgres {
namespace {

template <typename Number>
std::optional<std::int64_t> number_of(const std::optional<Number>& value) {
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

AuditEntry read_entry(const Rows& rows, int row) {
  AuditEntry entry{rows.u64(row, 0),    rows.i64(row, 1),    rows.string(row, 2),
                   rows.string(row, 3), rows.string(row, 4), rows.string(row, 5),
                   std::nullopt,        std::nullopt};
  if (!rows.is_null(row, 6)) entry.of = rows.u64(row, 6);
  if (!rows.is_null(row, 7)) entry.status = rows.i32(row, 7);
  return entry;
}

}  // namespace

Result<std::uint64_t> PostgresAuditLog::append(const AuditEntry& entry) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<std::uint64_t> {
    MARQUEE_TRY(
        const Rows added,
        transaction.run("INSERT INTO audit_log(at, actor, role, action, target, of, status) "
                        "VALUES($1, $2, $3, $4, $5, $6::bigint, $7::bigint) RETURNING seq",
                        Parameters()
                            .add(entry.at_ms)
                            .add(entry.actor)
                            .add(entry.role)
                            .add(entry.action)
                            .add(entry.target)
                            .add(number_of(entry.of))
                            .add(number_of(entry.status))));
    return added.u64(0, 0);
  });
}

Result<AuditPage> PostgresAuditLog::list(std::optional<std::uint64_t> before,
                                         std::size_t limit) const {
  MARQUEE_TRY(const Rows rows,
              database_.query(
                  {"SELECT seq, at, actor, role, action, target, of, status FROM audit_log "
                   "WHERE seq < $1 ORDER BY seq DESC LIMIT $2",
                   Parameters()
                       .add(number_of(before).value_or(std::numeric_limits<std::int64_t>::max()))
                       .add(static_cast<std::int64_t>(limit) + 1)},
                  database_.options().write_timeout));
  AuditPage page;
  for (int row = 0; row < rows.size() && page.entries.size() < limit; ++row) {
    page.entries.push_back(read_entry(rows, row));
  }
  if (static_cast<std::size_t>(rows.size()) > limit && !page.entries.empty()) {
    page.next_before = page.entries.back().seq;
  }
  return page;
}

}  // namespace marquee::postgres
