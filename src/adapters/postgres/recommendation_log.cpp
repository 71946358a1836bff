#include "adapters/postgres/recommendation_log.h"

#include "adapters/postgres/clicks.h"

namespace marquee::postgres {

Result<void> PostgresRecommendationLog::append(std::span<const ShownList> lists) {
  return database_.write(
      [&](PostgresTransaction& transaction) { return log_lists(transaction, lists); });
}

Result<ClickThrough> PostgresRecommendationLog::click_through() const {
  MARQUEE_TRY(const Rows rows,
              database_.query(click_totals_statement(), database_.options().write_timeout));
  return read_click_totals(rows);
}

}  // namespace marquee::postgres
