#pragma once

#include "adapters/postgres/database.h"
#include "ports/live_feed.h"

namespace marquee::postgres {

/// The table `rec_feed`. `database` must outlive it.
class PostgresLiveFeed final : public LiveFeed {
 public:
  explicit PostgresLiveFeed(PostgresDatabase& database) : database_(database) {}

  Result<void> put(const std::vector<Entry>& lists) override;
  /// On a request's way: PostgresDatabase::query_now().
  Result<std::optional<LiveList>> find(const UserId& user) const override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
