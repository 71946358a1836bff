#pragma once

#include <filesystem>

#include "app/backup/object_copy.h"
#include "base/result.h"
#include "formats/backup_manifest.h"
#include "settings/settings.h"

namespace marquee::app {

/// Copies all truths of a data directory, and the folded state beside them, to `target`
/// (docs/formats/backup.md). A server on the directory goes on; without one the directory is locked
/// meanwhile, as by every command. The copy is of one moment: database first, then the log, which
/// has at least what the database has folded, then the objects.
///
/// `target` must be missing, empty, or left unfinished by a backup that was interrupted, and
/// outside the data directory. kFailedPrecondition otherwise; kDataLoss when what is to be copied
/// is damaged; kResourceExhausted, kPermissionDenied. Whatever fails leaves nothing in `target`; a
/// process that is killed leaves what nobody takes for a backup.
Result<formats::BackupManifest> back_up(const Settings& settings,
                                        const std::filesystem::path& target,
                                        const OnFileCopied& on_file);

}  // namespace marquee::app
