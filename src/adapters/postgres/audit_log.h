#pragma once

#include "adapters/postgres/database.h"
#include "ports/audit_log.h"

namespace marquee::postgres {

/// The audit log in PostgreSQL; a trigger keeps its rows as they are. `database` must outlive it.
class PostgresAuditLog final : public AuditLog {
 public:
  explicit PostgresAuditLog(PostgresDatabase& database) : database_(database) {}

  Result<std::uint64_t> append(const AuditEntry& entry) override;
  Result<AuditPage> list(std::optional<std::uint64_t> before, std::size_t limit) const override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
