#include "adapters/embedded/sqlite/recommendation_log.h"

#include <string_view>

#include "adapters/embedded/sqlite/clicks.h"
#include "formats/list_json.h"

namespace marquee::embedded {
namespace {

template <typename Id>
void bind_optional_id(SqliteQuery& query, const std::optional<Id>& id) {
  if (id) {
    query.bind(std::string_view(id->value()));
  } else {
    query.bind_null();
  }
}

Result<void> insert_list(SqliteConnection& writer, const ShownList& list) {
  MARQUEE_TRY(auto insert, writer.prepare("INSERT INTO recommendation_logs "
                                          "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) "
                                          "ON CONFLICT(list_id) DO NOTHING"));
  insert.bind(std::string_view(list.list_id.value())).bind(std::string_view(list.user_id.value()));
  bind_optional_id(insert, list.session_id);
  insert.bind(std::string_view(list.source))
      .bind(std::string_view(list.row))
      .bind(std::string_view(list.variant));
  bind_optional_id(insert, list.generation);
  MARQUEE_CHECK(insert.bind(std::string_view(formats::encode_scored_movies(list.items)))
                    .bind(list.created_at_ms)
                    .run());
  return writer.changes() > 0 ? count_list(writer, list) : Result<void>();
}

}  // namespace

Result<void> SqliteRecommendationLog::append(std::span<const ShownList> lists) {
  return database_.write(SqliteDatabase::Sync::kFull, [&](SqliteConnection& writer) {
    for (const ShownList& list : lists) {
      if (auto outcome = insert_list(writer, list); !outcome.ok()) return outcome;
    }
    return Result<void>();
  });
}

Result<ClickThrough> SqliteRecommendationLog::click_through() const {
  return database_.read([](SqliteConnection& reader) { return read_click_totals(reader); });
}

}  // namespace marquee::embedded
