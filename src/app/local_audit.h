#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ports/audit_log.h"

namespace marquee::app {

/// What a command did in a data directory without a server, as the audit log keeps it: the actor is
/// the system's user. Write begin() first, without which nothing is done, then end().
class LocalAudit {
 public:
  /// Both must outlive it.
  LocalAudit(AuditLog& log, const Clock& clock, std::string action, std::string target);

  Result<void> begin();
  /// Returns `outcome`, or that it could not be written down.
  Result<void> end(const Result<void>& outcome);

 private:
  AuditLog& log_;
  const Clock& clock_;
  AuditEntry entry_;
};

}  // namespace marquee::app
