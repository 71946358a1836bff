#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/embedded/files/disk.h"
#include "base/result.h"

namespace marquee::embedded {

/// What a repair did, or would do.
struct LogRepair {
  std::uint64_t damaged_places = 0;
  std::uint64_t lost_events = 0;       ///< whose offsets are known to be gone
  std::vector<std::string> set_aside;  ///< files that hold the damaged bytes
};

/// Behind `marquee log repair`: gives up what cannot be read. Damaged bytes are copied to
/// damaged-*.bin and covered by a gap frame, so that every intact event keeps its offset and
/// readers pass over the rest. kFailedPrecondition, nothing changed, when there is damage and
/// `accept_loss` is false. Afterwards the state must be rebuilt, which the next start says when it
/// is needed. A torn tail is left to the next start. The caller owns the directory.
Result<LogRepair> repair_log(Disk& disk, const std::string& directory, bool accept_loss,
                             std::int64_t now_ms);

}  // namespace marquee::embedded
