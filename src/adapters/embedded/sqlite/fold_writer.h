#pragma once

#include <vector>

#include "adapters/embedded/sqlite/connection.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/profile_store.h"

namespace marquee::embedded {

/// Profiles of `batch` as blobs, in its order; made before the transaction, which should be short.
std::vector<std::string> encode_profiles(const FoldBatch& batch, const MovieTable& movies);

/// Writes one step of the fold inside a transaction of the caller; see ProfileStore::apply for its
/// errors. `blobs` as made by encode_profiles().
Result<void> write_fold_batch(SqliteConnection& connection, const FoldBatch& batch,
                              const std::vector<std::string>& blobs, const MovieTable& movies);

}  // namespace marquee::embedded
