#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "ports/audit_log.h"

namespace marquee::app {

/// What a command did without a server, as the audit log keeps it: the actor is the system's user.
class LocalAudit {
 public:
  /// Both must outlive it.
  LocalAudit(AuditLog& log, const Clock& clock, std::string action, std::string_view target);

  /// Does `work`, which returns a Result, between two entries: that it is asked for, without which
  /// nothing is done, and how it ended. An error when that could not be written down.
  template <typename Work>
  auto around(Work work) -> decltype(work()) {
    MARQUEE_CHECK(begin());
    auto outcome = work();
    auto written = end(outcome.ok());
    if (outcome.ok() && !written.ok()) return std::move(written).error();
    return outcome;
  }

  /// For what could not be written down before it was done, or has its first entry elsewhere: how
  /// it ended, and as which entry of this log it began, if any.
  Result<void> done(std::optional<std::uint64_t> of = std::nullopt);

 private:
  Result<void> begin();
  Result<void> end(bool well);

  AuditLog& log_;
  const Clock& clock_;
  AuditEntry entry_;
};

}  // namespace marquee::app
