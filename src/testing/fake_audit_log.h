#pragma once

#include <mutex>

#include "ports/audit_log.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// An AuditLog in a vector. Thread-safe.
class FakeAuditLog final : public AuditLog, public FailureInjection {
 public:
  Result<std::uint64_t> append(const AuditEntry& entry) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    entries_.push_back(entry);
    entries_.back().seq = entries_.size();
    return entries_.back().seq;
  }

  Result<AuditPage> list(std::optional<std::uint64_t> before, std::size_t limit) const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    AuditPage page;
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (before && entry->seq >= *before) continue;
      if (page.entries.size() == limit) {
        page.next_before = page.entries.back().seq;
        break;
      }
      page.entries.push_back(*entry);
    }
    return page;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<AuditEntry> entries_;
};

}  // namespace marquee::testing
