#include "app/server/audit.h"

#include <cstdio>

#include <fmt/format.h>

#include "api/operations.h"
#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/storage/storage.h"

namespace marquee::app::commands {
namespace {

Result<api::Audit> audit_directory(const Settings& settings) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(settings));
  MARQUEE_TRY(const FoldedTotals folded, storage->stores->profiles.totals());
  return audit_of(*storage->log, folded);
}

void print_table(const std::string& json) {
  for (const char c : json) {
    if (c == '{' || c == '}' || c == '"') continue;
    if (c == ',') {
      fmt::print("\n");
    } else if (c == ':') {
      fmt::print(": ");
    } else {
      fmt::print("{}", c);
    }
  }
  fmt::print("\n");
}

}  // namespace

Result<void> audit(const LoadedSettings& loaded, bool json) {
  MARQUEE_TRY(const auto owner, find_owner(loaded.settings));
  std::string text;
  if (owner) {
    MARQUEE_TRY(text, ask_owner(*owner, "GET", "/api/admin/audit"));
  } else {
    MARQUEE_TRY(const auto audit, audit_directory(loaded.settings));
    text = api::to_json(audit);
  }
  if (json) {
    fmt::print("{}\n", text);
  } else {
    print_table(text);
  }
  if (text.find("\"holds\":true") != std::string::npos) return {};
  return Error{ErrorCode::kInternal,
               "the sum does not hold: accepted is not applied + deduplicated + dead_lettered + "
               "pending; run marquee rebuild --verify"};
}

}  // namespace marquee::app::commands
