#include "adapters/embedded/sqlite/audit_log.h"

#include <limits>

namespace marquee::embedded {
namespace {

AuditEntry read_entry(const SqliteQuery& query) {
  AuditEntry entry{query.u64(0),    query.i64(1),    query.string(2), query.string(3),
                   query.string(4), query.string(5), std::nullopt,    std::nullopt};
  if (!query.is_null(6)) entry.of = query.u64(6);
  if (!query.is_null(7)) entry.status = static_cast<std::int32_t>(query.i64(7));
  return entry;
}

template <typename Number>
std::optional<std::int64_t> number_of(const std::optional<Number>& value) {
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

}  // namespace

Result<std::uint64_t> SqliteAuditLog::append(const AuditEntry& entry) {
  const auto insert_entry = [&](SqliteConnection& writer) -> Result<std::uint64_t> {
    MARQUEE_TRY(auto insert,
                writer.prepare("INSERT INTO audit_log(at, actor, role, action, target, of, status) "
                               "VALUES(?, ?, ?, ?, ?, ?, ?) RETURNING seq"));
    insert.bind(entry.at_ms)
        .bind(std::string_view(entry.actor))
        .bind(std::string_view(entry.role))
        .bind(std::string_view(entry.action))
        .bind(std::string_view(entry.target))
        .bind(number_of(entry.of))
        .bind(number_of(entry.status));
    MARQUEE_TRY(const bool row, insert.step());
    const std::uint64_t seq = row ? insert.u64(0) : 0;
    MARQUEE_CHECK(insert.run());
    return seq;
  };
  return database_.write(SqliteDatabase::Sync::kFull, insert_entry);
}

Result<AuditPage> SqliteAuditLog::list(std::optional<std::uint64_t> before,
                                       std::size_t limit) const {
  return database_.read([&](SqliteConnection& reader) -> Result<AuditPage> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT seq, at, actor, role, action, target, of, status "
                               "FROM audit_log WHERE seq < ? ORDER BY seq DESC LIMIT ?"));
    query.bind(number_of(before).value_or(std::numeric_limits<std::int64_t>::max()));
    query.bind(static_cast<std::int64_t>(limit) + 1);
    AuditPage page;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return page;
      if (page.entries.size() == limit) {
        page.next_before = page.entries.back().seq;
        return page;
      }
      page.entries.push_back(read_entry(query));
    }
  });
}

}  // namespace marquee::embedded
