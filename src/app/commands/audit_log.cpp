#include <cstdio>

#include <fmt/format.h>

#include "api/key_json.h"
#include "app/commands/commands.h"
#include "app/storage/storage.h"
#include "base/time_text.h"

namespace marquee::app::commands {

Result<void> audit_log(const LoadedSettings& loaded, std::size_t limit, bool json) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(loaded.settings));
  MARQUEE_TRY(const AuditPage page, storage->stores->audit.list(std::nullopt, limit));
  if (json) {
    fmt::print("{}\n", api::audit_json(page));
    return {};
  }
  if (page.entries.empty()) fmt::print("no operator has done anything yet\n");
  for (const AuditEntry& entry : page.entries) {
    std::string ended = entry.status ? fmt::format("{}", *entry.status) : "asked";
    if (entry.of) ended += fmt::format(" (asked in {})", *entry.of);
    fmt::print("{:6} {} {:28} {:10} {} {}: {}\n", entry.seq, format_rfc3339(entry.at_ms),
               entry.actor, entry.role, entry.action, entry.target, ended);
  }
  return {};
}

}  // namespace marquee::app::commands
