#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/file_copy.h"
#include "base/result.h"

namespace marquee::embedded {

/// One file of a copied log: a segment, or where the log begins.
struct CopiedFile {
  std::string name;  ///< of the file in both directories
  FileDigest digest;
};

/// Copies the events before `end` of the log in `from` to the existing directory `to`, while its
/// owner may go on appending. `end` is one that SegmentLogReader::end() returned: everything before
/// it is intact and durable, and nothing behind it is looked at. Segments keep their names; the
/// last one ends right behind its last frame, so the copy opens like a log whose process died.
///
/// Checks every frame on the way: kDataLoss, naming file and byte, when one before `end` is damaged
/// or missing. kUnavailable when the owner removed a segment meanwhile.
Result<std::vector<CopiedFile>> copy_log(Disk& disk, const std::string& from, const std::string& to,
                                         std::uint64_t end);

}  // namespace marquee::embedded
