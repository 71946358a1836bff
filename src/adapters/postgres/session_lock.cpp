#include "adapters/postgres/session_lock.h"

namespace marquee::postgres {

Result<std::optional<PostgresSessionLock>> PostgresSessionLock::try_acquire(
    const PostgresOptions& options, const std::string& table) {
  MARQUEE_TRY(auto connection, PostgresConnection::open(options));
  MARQUEE_TRY(const Rows taken,
              connection->run({"SELECT pg_try_advisory_lock($1::regclass::oid::bigint)",
                               Parameters().add(table)},
                              options.write_timeout));
  if (!taken.flag(0, 0)) return std::optional<PostgresSessionLock>();
  return std::optional(PostgresSessionLock(std::move(connection)));
}

}  // namespace marquee::postgres
