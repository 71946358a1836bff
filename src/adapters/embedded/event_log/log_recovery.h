#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/segment.h"
#include "adapters/embedded/files/disk.h"
#include "base/result.h"
#include "domain/event.h"

namespace marquee::embedded {

/// A log as recover_log() left it: ready to be written on.
struct RecoveredLog {
  std::vector<Segment> segments;      ///< ascending, the last one writable; empty for a new log
  LogScan scan;                       ///< of the segments from the fold's cursor on
  std::int64_t last_accepted_ms = 0;  ///< no stored event was accepted later
  std::string torn_file;  ///< where a torn tail was set aside; empty when there was none
};

/// Called for every event from `verify_from` on, in order.
using OnRecord =
    std::function<void(std::uint64_t offset, const Event& event, std::uint64_t fingerprint)>;

/// Opens the log in `directory` for writing after whatever ended the last run. Checks every frame
/// from the segment that holds `verify_from` on, makes sure that what it read is on stable storage,
/// and sets a torn tail aside. kDataLoss, nothing changed, when anything else is damaged or the
/// log ends before `verify_from`. The caller owns the directory (DirectoryLock).
Result<RecoveredLog> recover_log(Disk& disk, const std::string& directory,
                                 std::uint64_t verify_from, std::int64_t now_ms,
                                 const OnRecord& on_record);

}  // namespace marquee::embedded
