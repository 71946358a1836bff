#include "adapters/postgres/clicks.h"

#include <map>
#include <set>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "adapters/postgres/optional_id.h"
#include "formats/list_json.h"

namespace marquee::postgres {
namespace {

/// One lock for each schema: the oid of the table that it is about.
constexpr const char* kShareClicks =
    "SELECT pg_advisory_xact_lock_shared('list_clicks'::regclass::oid::bigint)";
constexpr const char* kLockClicks =
    "SELECT pg_advisory_xact_lock('list_clicks'::regclass::oid::bigint)";

/// Pairs whose first click this is (standing = added) or whose last one went (standing = 0), of
/// those that stand in a logged list of the viewer.
constexpr const char* kShownAmongChanged =
    "count(*) FILTER (WHERE EXISTS (SELECT 1 FROM recommendation_logs r "
    "WHERE r.list_id = c.list_id AND r.user_id = c.user_id "
    "AND r.items @> jsonb_build_array(jsonb_build_object('movie_id', c.movie_id))))";

constexpr const char* kAddToTotals =
    "INSERT INTO click_totals AS t VALUES($1, $2, $3, $4) ON CONFLICT(slot) DO UPDATE SET "
    "lists = t.lists + excluded.lists, shown = t.shown + excluded.shown, "
    "clicked = t.clicked + excluded.clicked";

/// (list, film, viewer) in an order that every process keeps to, and how often.
using Pairs = std::map<std::tuple<std::string, std::string, std::string>, std::int64_t>;

Pairs pairs_of(std::span<const Event> events) {
  Pairs pairs;
  for (const Event& event : events) {
    if (!event.list_id || !counts_as_click(event.type)) continue;
    ++pairs[{event.list_id->value(), event.movie_id.value(), event.user_id.value()}];
  }
  return pairs;
}

Parameters columns_of(const Pairs& pairs) {
  ArrayColumn lists(TypeOid::kText);
  ArrayColumn movies(TypeOid::kText);
  ArrayColumn users(TypeOid::kText);
  ArrayColumn counts(TypeOid::kInt8);
  for (const auto& [pair, count] : pairs) {
    lists.add(std::string_view(std::get<0>(pair)));
    movies.add(std::string_view(std::get<1>(pair)));
    users.add(std::string_view(std::get<2>(pair)));
    counts.add(count);
  }
  return Parameters().add(lists).add(movies).add(users).add(counts);
}

Statement add_clicks(const Pairs& pairs) {
  return repeated(
      {fmt::format("WITH c AS (INSERT INTO list_clicks AS l SELECT * FROM "
                   "unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) n(a, b, c, d) "
                   "ON CONFLICT(list_id, movie_id, user_id) "
                   "DO UPDATE SET standing = l.standing + excluded.standing "
                   "RETURNING list_id, movie_id, user_id, xmax = 0 AS first) "
                   "SELECT {} FROM c WHERE first",
                   kShownAmongChanged),
       columns_of(pairs)});
}

/// Rows at 0 stay until the next statement takes them away.
Statement remove_clicks(const Pairs& pairs) {
  return repeated(
      {fmt::format("WITH c AS (UPDATE list_clicks l SET standing = l.standing - n.times FROM "
                   "unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) "
                   "n(list_id, movie_id, user_id, times) "
                   "WHERE l.list_id = n.list_id AND l.movie_id = n.movie_id "
                   "AND l.user_id = n.user_id "
                   "RETURNING l.list_id, l.movie_id, l.user_id, l.standing) "
                   "SELECT {} FROM c WHERE standing <= 0",
                   kShownAmongChanged),
       columns_of(pairs)});
}

Statement drop_clicks_at_zero(const Pairs& pairs) {
  return repeated(
      {"DELETE FROM list_clicks l USING "
       "unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) "
       "n(list_id, movie_id, user_id, times) "
       "WHERE l.list_id = n.list_id AND l.movie_id = n.movie_id AND l.user_id = n.user_id "
       "AND l.standing <= 0",
       columns_of(pairs)});
}

Statement add_to_totals(std::int32_t slot, std::int64_t lists, std::int64_t shown,
                        std::int64_t clicked) {
  return repeated({kAddToTotals, Parameters().add(slot).add(lists).add(shown).add(clicked)});
}

/// In order of list_id, each once: the first of several under one id is the one that is kept.
std::map<std::string_view, const ShownList*> by_id(std::span<const ShownList> lists) {
  std::map<std::string_view, const ShownList*> ordered;
  for (const ShownList& list : lists) ordered.try_emplace(list.list_id.value(), &list);
  return ordered;
}

Statement insert_lists(const std::map<std::string_view, const ShownList*>& lists) {
  ArrayColumn ids(TypeOid::kText);
  ArrayColumn users(TypeOid::kText);
  ArrayColumn sessions(TypeOid::kText);
  ArrayColumn sources(TypeOid::kText);
  ArrayColumn rows(TypeOid::kText);
  ArrayColumn variants(TypeOid::kText);
  ArrayColumn generations(TypeOid::kText);
  ArrayColumn items(TypeOid::kText);
  ArrayColumn times(TypeOid::kInt8);
  for (const auto& [id, list] : lists) {
    ids.add(id);
    users.add(std::string_view(list->user_id.value()));
    add_optional_id(sessions, list->session_id);
    sources.add(std::string_view(list->source));
    rows.add(std::string_view(list->row));
    variants.add(std::string_view(list->variant));
    add_optional_id(generations, list->generation);
    items.add(std::string_view(formats::encode_scored_movies(list->items)));
    times.add(list->created_at_ms);
  }
  return repeated(
      {"INSERT INTO recommendation_logs SELECT a, b, c, d, e, f, g, h::jsonb, i FROM "
       "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
       "$7::text[], $8::text[], $9::bigint[]) n(a, b, c, d, e, f, g, h, i) "
       "ON CONFLICT(list_id) DO NOTHING RETURNING list_id",
       Parameters()
           .add(ids)
           .add(users)
           .add(sessions)
           .add(sources)
           .add(rows)
           .add(variants)
           .add(generations)
           .add(items)
           .add(times)});
}

/// The clicks that came before their list, of the lists just inserted.
Statement earlier_clicks(const ArrayColumn& list_ids) {
  return repeated(
      {"SELECT count(*) FROM list_clicks c JOIN recommendation_logs r "
       "ON r.list_id = c.list_id AND r.user_id = c.user_id WHERE c.list_id = ANY($1::text[]) "
       "AND r.items @> jsonb_build_array(jsonb_build_object('movie_id', c.movie_id))",
       Parameters().add(list_ids)});
}

}  // namespace

Result<void> count_clicks(PostgresTransaction& transaction, std::span<const Event> applied,
                          std::span<const Event> undone, std::int32_t slot) {
  const Pairs added = pairs_of(applied);
  const Pairs removed = pairs_of(undone);
  if (added.empty() && removed.empty()) return {};
  const std::vector<Statement> statements{repeated({kShareClicks}), add_clicks(added),
                                          remove_clicks(removed), drop_clicks_at_zero(removed)};
  MARQUEE_TRY(const auto given, transaction.run(statements));
  const std::int64_t clicked = given[1].i64(0, 0) - given[2].i64(0, 0);
  if (clicked == 0) return {};
  return transaction.execute(add_to_totals(slot, 0, 0, clicked));
}

Result<void> log_lists(PostgresTransaction& transaction, std::span<const ShownList> lists) {
  const auto ordered = by_id(lists);
  if (ordered.empty()) return {};
  const std::vector<Statement> inserts{repeated({kLockClicks}), insert_lists(ordered)};
  MARQUEE_TRY(const auto inserted, transaction.run(inserts));
  const Rows& fresh = inserted[1];
  if (fresh.empty()) return {};
  ArrayColumn ids(TypeOid::kText);
  std::int64_t shown = 0;
  for (int row = 0; row < fresh.size(); ++row) {
    ids.add(fresh.text(row, 0));
    std::set<std::string_view> films;
    for (const ScoredMovie& item : ordered.at(fresh.text(row, 0))->items) {
      films.insert(item.movie_id.value());
    }
    shown += static_cast<std::int64_t>(films.size());
  }
  MARQUEE_TRY(const Rows clicked, transaction.run(earlier_clicks(ids)));
  return transaction.execute(add_to_totals(kListsSlot, fresh.size(), shown, clicked.i64(0, 0)));
}

Result<void> forget_clicks(PostgresTransaction& transaction) {
  const std::vector<Statement> statements{
      {kLockClicks}, {"DELETE FROM list_clicks"}, {"UPDATE click_totals SET clicked = 0"}};
  return transaction.execute(statements);
}

Statement click_totals_statement() {
  return {
      "SELECT coalesce(sum(lists), 0)::bigint, coalesce(sum(shown), 0)::bigint, "
      "coalesce(sum(clicked), 0)::bigint FROM click_totals"};
}

ClickThrough read_click_totals(const Rows& rows) {
  return ClickThrough{rows.u64(0, 0), rows.u64(0, 1), rows.u64(0, 2)};
}

}  // namespace marquee::postgres
