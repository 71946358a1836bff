#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "domain/ids.h"

namespace marquee::app::commands {

Result<void> recommend(const LoadedSettings& loaded, const std::string& user, std::int32_t limit) {
  if (!is_valid_id(user)) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' is no viewer id", user)};
  }
  MARQUEE_TRY(const auto owner, find_owner(loaded.settings));
  if (!owner) {
    return Error{
        ErrorCode::kFailedPrecondition,
        fmt::format("no server runs on {}: start marquee serve", loaded.settings.data_dir)};
  }
  MARQUEE_TRY(const std::string list,
              ask_owner(*owner, "GET",
                        fmt::format("/api/recommendations?user_id={}&limit={}", user, limit)));
  fmt::print("{}\n", list);
  return {};
}

}  // namespace marquee::app::commands
