#include "app/migration/identity_copy.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace marquee::app {
namespace {

constexpr std::size_t kEntriesPage = 1'000;

Result<std::vector<AuditEntry>> oldest_first(const AuditLog& log) {
  std::vector<AuditEntry> entries;
  std::optional<std::uint64_t> before;
  do {
    MARQUEE_TRY(AuditPage page, log.list(before, kEntriesPage));
    before = page.next_before;
    std::move(page.entries.begin(), page.entries.end(), std::back_inserter(entries));
  } while (before);
  std::reverse(entries.begin(), entries.end());
  return entries;
}

}  // namespace

Result<std::uint64_t> copy_keys(const ApiKeyStore& from, ApiKeyStore& to) {
  MARQUEE_TRY(const auto keys, from.list());
  MARQUEE_TRY(const auto present, to.list());
  for (const ApiKey& key : keys) {
    const auto there = std::ranges::find(present, key.id, &ApiKey::id);
    if (there == present.end()) {
      MARQUEE_CHECK(to.add(key));
    } else if (key.revoked_at_ms && !there->revoked_at_ms) {
      MARQUEE_CHECK(to.revoke(key.id, *key.revoked_at_ms));
    }
  }
  return std::uint64_t{keys.size()};
}

Result<std::uint64_t> copy_audit_log(const AuditLog& from, AuditLog& to) {
  MARQUEE_TRY(const auto entries, oldest_first(from));
  MARQUEE_TRY(const auto present,
              oldest_first(to));  // the first of them: nothing is ever taken out
  std::map<std::uint64_t, std::uint64_t> number_of;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i < present.size()) {
      number_of[entries[i].seq] = present[i].seq;
      continue;
    }
    AuditEntry entry = entries[i];
    if (entry.of) entry.of = number_of[*entry.of];
    MARQUEE_TRY(number_of[entries[i].seq], to.append(entry));
  }
  return std::uint64_t{entries.size()};
}

}  // namespace marquee::app
