#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/backup_manifest.h"

namespace marquee::app {

/// Called with each file after it was copied; paths are relative to the backup.
using OnFileCopied = std::function<void(const formats::BackupManifest::File&)>;

/// Copies every object below `root`, as they all stood at one moment, to `target`/lakehouse; a
/// batch run may write beside it. Objects are replaced whole, so a listing that is the same before
/// and after a pass says that nothing changed during it; what did change is copied again.
/// kUnavailable when that never happens. Sorted by path.
Result<std::vector<formats::BackupManifest::File>> copy_objects(const std::filesystem::path& root,
                                                                const std::filesystem::path& target,
                                                                const OnFileCopied& on_file);

}  // namespace marquee::app
