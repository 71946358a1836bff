#pragma once

#include "adapters/postgres/database.h"
#include "ports/recommendation_log.h"

namespace marquee::postgres {

/// What was shown, in PostgreSQL; joined with the clicks that PostgresProfileStore folds into the
/// same schema (clicks.h). `database` must outlive it.
class PostgresRecommendationLog final : public RecommendationLog {
 public:
  explicit PostgresRecommendationLog(PostgresDatabase& database) : database_(database) {}

  Result<void> append(std::span<const ShownList> lists) override;
  Result<ClickThrough> click_through() const override;
  Result<std::vector<ShownList>> lists(const std::optional<ListId>& after,
                                       std::size_t limit) const override;

 private:
  PostgresDatabase& database_;
};

}  // namespace marquee::postgres
