#pragma once

#include <cstdint>
#include <string>

#include "app/progress.h"
#include "base/result.h"
#include "domain/offset.h"
#include "settings/settings.h"

namespace marquee::app {

/// One end of a migration.
struct MigrationSide {
  std::string name;  ///< as the command line has it: a data directory or a settings file
  Settings settings;
};

/// What was moved.
struct Migrated {
  std::uint64_t folded = 0;  ///< events of the source's log that had still to be folded
  std::uint64_t viewers = 0;
  std::uint64_t events = 0;  ///< of log and history
  std::uint64_t films = 0;
  std::uint64_t models = 0;
  std::uint64_t runs = 0;
  std::uint64_t lists = 0;  ///< that were shown
  std::uint64_t object_bytes = 0;
  Cursor at;               ///< where the target goes on
  std::string state_hash;  ///< of both
};

/// Moves everything of `from` into the empty `to`, whichever profile either has, and compares the
/// state hashes. `from` stays as it is but for being folded to the end of its log; nothing may
/// write to it meanwhile. The rules are docs/decisions/0035. kFailedPrecondition when `from` is
/// served or `to` holds anything; an interrupted one leaves a mark under which only the same is
/// done again, from its beginning.
Result<Migrated> migrate_data(const MigrationSide& from, const MigrationSide& to,
                              Progress& progress);

}  // namespace marquee::app
