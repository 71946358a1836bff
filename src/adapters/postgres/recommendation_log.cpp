#include "adapters/postgres/recommendation_log.h"

#include <utility>

#include "adapters/postgres/clicks.h"
#include "adapters/postgres/optional_id.h"
#include "formats/list_json.h"

namespace marquee::postgres {
namespace {

Result<ShownList> read_list(const Rows& rows, int row) {
  ShownList list;
  list.list_id = ListId(rows.string(row, 0));
  list.user_id = UserId(rows.string(row, 1));
  list.session_id = read_optional_id<SessionId>(rows, row, 2);
  list.source = rows.string(row, 3);
  list.row = rows.string(row, 4);
  list.variant = rows.string(row, 5);
  list.generation = read_optional_id<ModelVersion>(rows, row, 6);
  MARQUEE_TRY(list.items, formats::decode_scored_movies(rows.text(row, 7)));
  list.created_at_ms = rows.i64(row, 8);
  return list;
}

}  // namespace

Result<void> PostgresRecommendationLog::append(std::span<const ShownList> lists) {
  return database_.write(
      [&](PostgresTransaction& transaction) { return log_lists(transaction, lists); });
}

Result<ClickThrough> PostgresRecommendationLog::click_through() const {
  MARQUEE_TRY(const Rows rows,
              database_.query(click_totals_statement(), database_.options().write_timeout));
  return read_click_totals(rows);
}

Result<std::vector<ShownList>> PostgresRecommendationLog::lists(const std::optional<ListId>& after,
                                                                std::size_t limit) const {
  const Statement statement{
      "SELECT list_id, user_id, session_id, source, \"row\", variant, generation, items::text, "
      "created_at FROM recommendation_logs WHERE list_id > $1 ORDER BY list_id LIMIT $2",
      Parameters()
          .add(after ? after->value() : std::string())
          .add(static_cast<std::int64_t>(limit))};
  MARQUEE_TRY(const Rows rows, database_.query(statement, database_.options().bulk_timeout));
  std::vector<ShownList> found;
  for (int row = 0; row < rows.size(); ++row) {
    MARQUEE_TRY(auto list, read_list(rows, row));
    found.push_back(std::move(list));
  }
  return found;
}

}  // namespace marquee::postgres
