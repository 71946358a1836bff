#pragma once

#include <cstdint>
#include <span>

#include "adapters/embedded/sqlite/connection.h"
#include "base/result.h"

namespace marquee::embedded {

/// One step of the schema, applied whole or not at all and never edited after a release.
struct Migration {
  int version;
  const char* name;
  const char* sql;
};

/// Every step, versions 1, 2, 3, … The tables are described in docs/formats/state.md.
std::span<const Migration> migrations();

/// The last step the database has been brought to; 0 when nothing has been created in it yet.
/// kFailedPrecondition when it is not Marquee's.
Result<std::int64_t> schema_version(SqliteConnection& connection);

/// Brings the database up to the last of `steps`; does nothing when it is there. Safe to run again
/// after a crash. kFailedPrecondition when a newer program wrote it or when it is not Marquee's.
Result<void> migrate(SqliteConnection& connection, std::span<const Migration> steps);

/// Ok when the database stands exactly at the last of `steps`; for read-only openings.
/// kFailedPrecondition otherwise.
Result<void> check_schema(SqliteConnection& connection, std::span<const Migration> steps);

}  // namespace marquee::embedded
