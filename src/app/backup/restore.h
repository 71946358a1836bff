#pragma once

#include <filesystem>
#include <string>

#include "app/backup/object_copy.h"
#include "base/result.h"
#include "formats/backup_manifest.h"
#include "settings/settings.h"

namespace marquee::app {

/// The manifest of the backup in `backup`. kNotFound when there is none, an interrupted one
/// included; kDataLoss when it is damaged or of another version.
Result<formats::BackupManifest> read_backup(const std::filesystem::path& backup);

struct Restored {
  formats::BackupManifest manifest;
  /// Why marquee.toml of the backup stands as marquee.toml.from-backup: it names places of the old
  /// machine, or does not load. Empty when it is in force or there is none.
  std::string settings_aside;
};

/// Makes the settings' data directory what was backed up, checks every checksum on the way, and
/// opens it once: the schema is brought up to this program's, the log is checked and must end where
/// the backup says. The directory must be missing, empty, or left unfinished by a restore that was
/// interrupted (kFailedPrecondition otherwise, naming a server that runs on it). kDataLoss, naming
/// the file, when the backup is damaged: then nothing is left in the directory.
Result<Restored> restore(const std::filesystem::path& backup, const Settings& settings,
                         const OnFileCopied& on_file);

}  // namespace marquee::app
