#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/options.h"
#include "base/result.h"

namespace marquee::postgres {

/// One step of the schema, applied whole or not at all and never edited after a release.
struct Migration {
  int version;
  const char* name;
  const char* sql;
};

/// Every step, versions 1, 2, 3, …: deploy/postgres/NNN_name.sql, embedded when this is built.
std::span<const Migration> migrations();

/// kFailedPrecondition when pgvector of this version ("0.8.1") lacks iterative index scans, without
/// which a filter leaves too few films: they came with 0.8.
Result<void> check_vector_version(std::string_view version, const PostgresOptions& options);

/// The last step that the schema has been brought to; 0 when there is nothing in it yet.
Result<std::int64_t> schema_version(PostgresConnection& connection, const PostgresOptions& options);

/// Creates the schema when it is missing and brings it up to the last of `steps`; does nothing when
/// it is there. Safe to run again after a crash, and by several processes at once: an advisory lock
/// of the database lets one in at a time. kFailedPrecondition when a newer program wrote it, when
/// the role may not create tables or when pgvector is missing.
Result<void> migrate(PostgresConnection& connection, const PostgresOptions& options,
                     std::span<const Migration> steps);

/// Ok when the schema stands exactly at the last of `steps`. kFailedPrecondition otherwise.
Result<void> check_schema(PostgresConnection& connection, const PostgresOptions& options,
                          std::span<const Migration> steps);

}  // namespace marquee::postgres
