#include "adapters/embedded/sqlite/recommendation_log.h"

#include <string_view>

#include "adapters/embedded/sqlite/clicks.h"
#include "adapters/embedded/sqlite/optional_id.h"
#include "formats/list_json.h"

namespace marquee::embedded {
namespace {

/// What it adds to the totals: nothing when it is there already.
Result<ClickThrough> insert_list(SqliteConnection& writer, const ShownList& list) {
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
  if (writer.changes() == 0) return ClickThrough{};
  return count_list(writer, list);
}

Result<ShownList> read_list(const SqliteQuery& query) {
  ShownList list;
  list.list_id = ListId(query.string(0));
  list.user_id = UserId(query.string(1));
  list.session_id = read_optional_id<SessionId>(query, 2);
  list.source = query.string(3);
  list.row = query.string(4);
  list.variant = query.string(5);
  list.generation = read_optional_id<ModelVersion>(query, 6);
  MARQUEE_TRY(list.items, formats::decode_scored_movies(query.text(7)));
  list.created_at_ms = query.i64(8);
  return list;
}

}  // namespace

Result<void> SqliteRecommendationLog::append(std::span<const ShownList> lists) {
  return database_.write(SqliteDatabase::Sync::kFull,
                         [&](SqliteConnection& writer) -> Result<void> {
                           ClickThrough sum;
                           for (const ShownList& list : lists) {
                             MARQUEE_TRY(const ClickThrough counted, insert_list(writer, list));
                             sum.lists += counted.lists;
                             sum.shown += counted.shown;
                             sum.clicked += counted.clicked;
                           }
                           return add_to_totals(writer, sum);
                         });
}

Result<ClickThrough> SqliteRecommendationLog::click_through() const {
  return database_.read([](SqliteConnection& reader) { return read_click_totals(reader); });
}

Result<std::vector<ShownList>> SqliteRecommendationLog::lists(const std::optional<ListId>& after,
                                                              std::size_t limit) const {
  return database_.read([&](SqliteConnection& reader) -> Result<std::vector<ShownList>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT list_id, user_id, session_id, source, row, variant, "
                               "generation, items, created_at FROM recommendation_logs "
                               "WHERE list_id > ? ORDER BY list_id LIMIT ?"));
    query.bind(after ? std::string_view(after->value()) : std::string_view())
        .bind(static_cast<std::int64_t>(limit));
    std::vector<ShownList> found;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return found;
      MARQUEE_TRY(auto list, read_list(query));
      found.push_back(std::move(list));
    }
  });
}

}  // namespace marquee::embedded
