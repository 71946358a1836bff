#include "adapters/embedded/sqlite/clicks.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "formats/list_json.h"

namespace marquee::embedded {
namespace {

Result<void> add_to_clicked(SqliteConnection& connection, std::int64_t clicked) {
  MARQUEE_TRY(auto update, connection.prepare("UPDATE click_totals SET clicked = clicked + ?"));
  return update.bind(clicked).run();
}

bool is_click(const Event& event) { return event.list_id && counts_as_click(event.type); }

/// True when the list is logged, was shown to the event's viewer and holds its film.
Result<bool> was_shown(SqliteConnection& connection, const Event& event) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT items FROM recommendation_logs "
                                             "WHERE list_id = ? AND user_id = ?"));
  query.bind(std::string_view(event.list_id->value()))
      .bind(std::string_view(event.user_id.value()));
  MARQUEE_TRY(const bool row, query.step());
  if (!row) return false;
  MARQUEE_TRY(const auto items, formats::decode_scored_movies(query.text(0)));
  return std::any_of(items.begin(), items.end(),
                     [&](const ScoredMovie& item) { return item.movie_id == event.movie_id; });
}

void bind_pair(SqliteQuery& query, const Event& event) {
  query.bind(std::string_view(event.list_id->value()))
      .bind(std::string_view(event.movie_id.value()))
      .bind(std::string_view(event.user_id.value()));
}

}  // namespace

Result<void> add_click(SqliteConnection& connection, const Event& event) {
  if (!is_click(event)) return {};
  MARQUEE_TRY(auto upsert, connection.prepare("INSERT INTO list_clicks VALUES(?, ?, ?, 1) "
                                              "ON CONFLICT DO UPDATE SET standing = standing + 1 "
                                              "RETURNING standing"));
  bind_pair(upsert, event);
  MARQUEE_TRY(const bool row, upsert.step());
  const bool first = row && upsert.i64(0) == 1;
  MARQUEE_CHECK(upsert.run());
  if (!first) return {};
  MARQUEE_TRY(const bool shown, was_shown(connection, event));
  return shown ? add_to_clicked(connection, 1) : Result<void>();
}

Result<void> remove_click(SqliteConnection& connection, const Event& event) {
  if (!is_click(event)) return {};
  MARQUEE_TRY(auto update, connection.prepare("UPDATE list_clicks SET standing = standing - 1 "
                                              "WHERE list_id = ? AND movie_id = ? AND user_id = ? "
                                              "RETURNING standing"));
  bind_pair(update, event);
  MARQUEE_TRY(const bool row, update.step());
  const bool last = row && update.i64(0) == 0;
  MARQUEE_CHECK(update.run());
  if (!last) return {};
  MARQUEE_TRY(auto remove,
              connection.prepare("DELETE FROM list_clicks "
                                 "WHERE list_id = ? AND movie_id = ? AND user_id = ?"));
  bind_pair(remove, event);
  MARQUEE_CHECK(remove.run());
  MARQUEE_TRY(const bool shown, was_shown(connection, event));
  return shown ? add_to_clicked(connection, -1) : Result<void>();
}

Result<ClickThrough> count_list(SqliteConnection& connection, const ShownList& list) {
  std::vector<std::string_view> films;
  films.reserve(list.items.size());
  for (const ScoredMovie& item : list.items) films.push_back(item.movie_id.value());
  std::ranges::sort(films);
  films.erase(std::unique(films.begin(), films.end()), films.end());
  MARQUEE_TRY(auto query, connection.prepare("SELECT movie_id FROM list_clicks "
                                             "WHERE list_id = ? AND user_id = ?"));
  query.bind(std::string_view(list.list_id.value())).bind(std::string_view(list.user_id.value()));
  ClickThrough counted{.lists = 1, .shown = films.size(), .clicked = 0};
  for (;;) {
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return counted;
    if (std::ranges::binary_search(films, query.text(0))) ++counted.clicked;
  }
}

Result<void> add_to_totals(SqliteConnection& connection, const ClickThrough& counted) {
  MARQUEE_TRY(auto update, connection.prepare("UPDATE click_totals SET lists = lists + ?, "
                                              "shown = shown + ?, clicked = clicked + ?"));
  return update.bind(static_cast<std::int64_t>(counted.lists))
      .bind(static_cast<std::int64_t>(counted.shown))
      .bind(static_cast<std::int64_t>(counted.clicked))
      .run();
}

Result<void> forget_clicks(SqliteConnection& connection) {
  MARQUEE_CHECK(connection.execute("DELETE FROM list_clicks"));
  return connection.execute("UPDATE click_totals SET clicked = 0");
}

Result<ClickThrough> read_click_totals(SqliteConnection& connection) {
  MARQUEE_TRY(auto query, connection.prepare("SELECT lists, shown, clicked FROM click_totals"));
  MARQUEE_TRY(const bool row, query.step());
  if (!row) return ClickThrough{};
  return ClickThrough{query.u64(0), query.u64(1), query.u64(2)};
}

}  // namespace marquee::embedded
