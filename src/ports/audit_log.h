#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee {

/// One line of the audit log. An action has two: before it is tried, with no status, and after,
/// with the first one's number in `of`. So what was tried is there though the process ended.
struct AuditEntry {
  std::uint64_t seq = 0;  ///< given by the log: 1, 2, …
  std::int64_t at_ms = 0;
  std::string actor;   ///< "operator.token", "key:…", "jwt:…", "command line, user …"
  std::string role;    ///< as identity::to_string writes it
  std::string action;  ///< "POST /api/admin/models/{version}/promote"
  std::string target;  ///< on what: the path that was asked for
  std::optional<std::uint64_t> of;
  std::optional<std::int32_t> status;  ///< how it ended, as an HTTP status

  bool operator==(const AuditEntry&) const = default;
};

struct AuditPage {
  std::vector<AuditEntry> entries;           ///< newest first
  std::optional<std::uint64_t> next_before;  ///< for the next page; none on the last
};

/// What stands in `target` of what others chose: 300 bytes of printable ASCII at most, since a path
/// may hold what no database takes.
std::string audit_target(std::string_view text);

/// Who did what as an operator. Entries are added and never changed or removed; the database
/// refuses it, too. A truth: on stable storage when append() returns.
/// Contract: ports/contract/audit_log_contract.h. Threads: any.
class AuditLog {
 public:
  AuditLog() = default;
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;
  virtual ~AuditLog() = default;

  /// Adds `entry`, whose seq does not count; returns the number it got.
  virtual Result<std::uint64_t> append(const AuditEntry& entry) = 0;
  /// Newest first, those before `before` of an earlier page.
  virtual Result<AuditPage> list(std::optional<std::uint64_t> before, std::size_t limit) const = 0;
};

}  // namespace marquee
