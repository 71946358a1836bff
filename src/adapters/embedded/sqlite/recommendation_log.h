#pragma once

#include "adapters/embedded/sqlite/database.h"
#include "ports/recommendation_log.h"

namespace marquee::embedded {

/// Shown lists in SQLite, every append with Sync::kFull. click_through() reads one row (see
/// clicks.h) and may be polled. `database` must outlive it.
class SqliteRecommendationLog final : public RecommendationLog {
 public:
  explicit SqliteRecommendationLog(SqliteDatabase& database) : database_(database) {}

  Result<void> append(std::span<const ShownList> lists) override;
  Result<ClickThrough> click_through() const override;
  Result<std::vector<ShownList>> lists(const std::optional<ListId>& after,
                                       std::size_t limit) const override;

 private:
  SqliteDatabase& database_;
};

}  // namespace marquee::embedded
