#pragma once

#include <string>

#include "adapters/embedded/files/disk.h"
#include "base/result.h"

namespace marquee::embedded {

/// To be called before the owner opens the database `path`. When the last owner did not close it,
/// which its WAL (or rollback journal) tells, makes what SQLite will read what the disk holds:
/// syncs the files and their names, and drops their pages from the cache. A killed process may have
/// left commits in the cache only, and after a failed sync Linux calls pages clean that never
/// reached the disk (PostgreSQL's "fsyncgate", 2018): a later sync would then succeed, truths on
/// top of the gap be acknowledged, and the next power cut take them away.
///
/// Does nothing when the last owner closed it: SQLite removes the WAL only after a checkpoint whose
/// syncs all went through. Errors: those of File::sync; the database must not be opened then.
Result<void> settle_unclean_end(Disk& disk, const std::string& path);

}  // namespace marquee::embedded
