#pragma once

#include <memory>
#include <string>

#include "app/migration/migration.h"
#include "app/storage/migration_mark.h"
#include "app/storage/storage.h"
#include "base/result.h"

namespace marquee::app {

/// A place that is being migrated to.
struct MigrationTarget {
  /// Opens `side`, which must be empty or hold what a migration from `source` that was cut off
  /// left; marks it, and makes its log go on at `at`. kFailedPrecondition for any other.
  static Result<MigrationTarget> open(const MigrationSide& side, const std::string& source,
                                      const Cursor& at);

  MigrationMark mark;
  std::unique_ptr<Storage> storage;
};

}  // namespace marquee::app
