#pragma once

#include <mutex>

#include "adapters/embedded/sqlite/database.h"
#include "ports/feed_store.h"

namespace marquee::embedded {

/// The batch layer's lists in SQLite. A generation is written in small transactions under a build
/// number that readers do not see, so that the fold gets its turn in between, and shown by one
/// update (Sync::kFull). What a crash left of a build goes with the next put(). Memory is bounded
/// by one chunk. `database` must outlive it.
class SqliteFeedStore final : public FeedStore {
 public:
  explicit SqliteFeedStore(SqliteDatabase& database) : database_(database) {}

  /// Also kInvalidArgument when a viewer occurs twice.
  Result<void> put(const ModelVersion& generation, const Lists& lists) override;
  Result<std::vector<ScoredMovie>> find(const ModelVersion& generation,
                                        const UserId& user) const override;
  Result<std::vector<ModelVersion>> generations() const override;
  Result<void> drop(const ModelVersion& generation) override;

 private:
  Result<std::int64_t> begin_build(const ModelVersion& generation);
  Result<void> write_lists(std::int64_t build, const Lists& lists);
  Result<void> show(std::int64_t build, const ModelVersion& generation);
  Result<void> purge_incomplete();

  SqliteDatabase& database_;
  std::mutex put_mutex_;  ///< one build at a time: any other incomplete one is a leftover
};

}  // namespace marquee::embedded
