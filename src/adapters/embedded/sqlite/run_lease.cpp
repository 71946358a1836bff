#include "adapters/embedded/sqlite/run_lease.h"

namespace marquee::embedded {

Result<std::optional<Lease>> read_lease(SqliteConnection& connection) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT holder, token, expires_at FROM run_lease"));
  MARQUEE_TRY(const bool row, query.step());
  if (!row) return std::optional<Lease>();
  return std::optional(Lease{query.string(0), query.u64(1), query.i64(2)});
}

Result<void> write_lease(SqliteConnection& writer, const Lease& lease) {
  MARQUEE_TRY(auto upsert, writer.prepare("INSERT INTO run_lease VALUES(1, ?, ?, ?) "
                                          "ON CONFLICT(id) DO UPDATE SET holder = excluded.holder, "
                                          "token = excluded.token, "
                                          "expires_at = excluded.expires_at"));
  return upsert.bind(std::string_view(lease.holder))
      .bind_u64(lease.token)
      .bind(lease.expires_at_ms)
      .run();
}

Result<Lease> lease_of(SqliteConnection& writer, std::uint64_t token) {
  MARQUEE_TRY(const auto lease, read_lease(writer));
  if (lease && lease->token == token) return *lease;
  return fenced(token, lease ? lease->token : 0);
}

Result<std::optional<Lease>> take_lease(SqliteConnection& writer, const std::string& holder,
                                        std::int64_t ttl_ms, std::int64_t now_ms) {
  MARQUEE_TRY(const auto last, read_lease(writer));
  const bool live =
      last && last->expires_at_ms > now_ms && last->expires_at_ms <= now_ms + 2 * ttl_ms;
  if (live && last->holder != holder) return std::optional<Lease>();
  const std::uint64_t newest = last ? last->token : 0;
  const Lease taken{holder, live ? newest : newest + 1, now_ms + ttl_ms};
  MARQUEE_CHECK(write_lease(writer, taken));
  return std::optional(taken);
}

}  // namespace marquee::embedded
