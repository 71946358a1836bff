#include "scheduling/catch_up.h"

#include <fmt/format.h>

namespace marquee::scheduling {

Result<CatchUp> parse_catch_up(std::string_view text) {
  if (text == "none") return CatchUp::kNone;
  if (text == "latest") return CatchUp::kLatest;
  if (text == "all") return CatchUp::kAll;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("catch-up policy '{}': want none, latest or all", text)};
}

std::optional<std::int64_t> due_tick(const Cron& cron, std::int64_t dealt_until,
                                     std::int64_t now_ms, CatchUp policy, std::size_t count_max) {
  std::int64_t tick = cron.last_until(now_ms);
  if (tick <= dealt_until) return std::nullopt;
  if (policy == CatchUp::kNone && now_ms - tick > kOnTimeMs) return std::nullopt;
  if (policy != CatchUp::kAll) return tick;
  for (std::size_t count = 1; count < count_max; ++count) {
    const std::int64_t before = cron.last_until(tick - 1);
    if (before <= dealt_until) break;
    tick = before;
  }
  return tick;
}

}  // namespace marquee::scheduling
