#pragma once

#include "adapters/embedded/sqlite/database.h"
#include "ports/audit_log.h"

namespace marquee::embedded {

/// The audit log in SQLite, with Sync::kFull; triggers keep its rows as they are. `database` must
/// outlive it.
class SqliteAuditLog final : public AuditLog {
 public:
  explicit SqliteAuditLog(SqliteDatabase& database) : database_(database) {}

  Result<std::uint64_t> append(const AuditEntry& entry) override;
  Result<AuditPage> list(std::optional<std::uint64_t> before, std::size_t limit) const override;

 private:
  SqliteDatabase& database_;
};

}  // namespace marquee::embedded
