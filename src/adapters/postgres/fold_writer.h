#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/postgres/database.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/profile_store.h"

namespace marquee::postgres {

/// Profiles of `batch` as blobs, in its order; made before the transaction, which should be short.
std::vector<std::string> encode_profiles(const FoldBatch& batch, const MovieTable& movies);

/// Writes what one step of the fold made, all but its position, in a few round trips whatever its
/// size; see ProfileStore::apply for its errors. `blobs` as made by encode_profiles(); `slot` is
/// the writer's own row of click_totals.
///
/// Rows that two processes may both want (counts of a film) come last and in order of their keys,
/// so that neither waits long and no two wait for each other.
Result<void> write_fold_batch(PostgresTransaction& transaction, const FoldBatch& batch,
                              const std::vector<std::string>& blobs, const MovieTable& movies,
                              std::int32_t slot);

/// Forgets everything that write_fold_batch() wrote.
Result<void> forget_fold(PostgresTransaction& transaction);

}  // namespace marquee::postgres
