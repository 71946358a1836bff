#pragma once

#include "adapters/postgres/database.h"
#include "ports/feed_store.h"

namespace marquee::postgres {

/// The batch layer's lists in PostgreSQL. A generation is one transaction: COPY under a new build
/// number, then one update that shows it and hides the one it replaces. Writers wait for one
/// another, readers for nobody. Memory is bounded by one piece of the COPY. `database` must outlive
/// it.
class PostgresFeedStore final : public FeedStore {
 public:
  explicit PostgresFeedStore(PostgresDatabase& database) : database_(database) {}

  /// Also kInvalidArgument when a viewer occurs twice. `lists` is called inside of the transaction.
  Result<void> put(const ModelVersion& generation, const Lists& lists) override;
  Result<std::vector<ScoredMovie>> find(const ModelVersion& generation,
                                        const UserId& user) const override;
  Result<std::vector<ModelVersion>> generations() const override;
  Result<void> drop(const ModelVersion& generation) override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
