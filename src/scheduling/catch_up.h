#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "scheduling/cron.h"

namespace marquee::scheduling {

/// What becomes of ticks that passed while no scheduler ran or a run was under way.
enum class CatchUp {
  kNone,    ///< they are skipped
  kLatest,  ///< the newest of them runs, the others are skipped
  kAll,     ///< the newest few run, oldest first
};

/// "none", "latest" or "all"; kInvalidArgument for anything else.
Result<CatchUp> parse_catch_up(std::string_view text);

/// A tick this old is still on time: a busy machine may wake a scheduler late.
inline constexpr std::int64_t kOnTimeMs = 5 * 60'000;

/// The tick that wants a run now: after `dealt_until` and not after `now_ms`. With kAll, ticks
/// beyond the newest `count_max` are skipped.
std::optional<std::int64_t> due_tick(const Cron& cron, std::int64_t dealt_until,
                                     std::int64_t now_ms, CatchUp policy, std::size_t count_max);

}  // namespace marquee::scheduling
