#include "adapters/postgres/live_feed.h"

#include "formats/list_json.h"

namespace marquee::postgres {

Result<void> PostgresLiveFeed::put(const std::vector<Entry>& lists) {
  if (lists.empty()) return {};
  ArrayColumn users(TypeOid::kText);
  ArrayColumn recs(TypeOid::kText);
  ArrayColumn versions(TypeOid::kInt8);
  ArrayColumn generations(TypeOid::kText);
  ArrayColumn recipes(TypeOid::kText);
  for (const auto& [user, list] : lists) {
    users.add(std::string_view(user.value()));
    recs.add(std::string_view(formats::encode_scored_movies(list.items)));
    versions.add_u64(list.version);
    generations.add(std::string_view(list.generation.value()));
    recipes.add(std::string_view(list.recipe));
  }
  const Statement statement{
      "INSERT INTO rec_feed SELECT u, r::jsonb, v, g, c, (extract(epoch FROM now()) * "
      "1000)::bigint "
      "FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) n(u, r, v, g, c) "
      "ON CONFLICT(user_id) DO UPDATE SET recs = excluded.recs, version = excluded.version, "
      "generation = excluded.generation, recipe = excluded.recipe, "
      "updated_at = excluded.updated_at WHERE rec_feed.generation <> excluded.generation "
      "OR rec_feed.version <= excluded.version",
      Parameters().add(users).add(recs).add(versions).add(generations).add(recipes)};
  return database_.write(
      [&](PostgresTransaction& transaction) { return transaction.execute(statement); });
}

Result<std::optional<LiveList>> PostgresLiveFeed::find(const UserId& user) const {
  MARQUEE_TRY(const Rows rows,
              database_.query_now({"SELECT generation, version, recipe, recs::text FROM rec_feed "
                                   "WHERE user_id = $1",
                                   Parameters().add(user.value())}));
  if (rows.empty()) return std::optional<LiveList>();
  LiveList list{ModelVersion(rows.string(0, 0)), rows.u64(0, 1), rows.string(0, 2), {}};
  auto items = formats::decode_scored_movies(rows.text(0, 3));
  if (!items.ok()) return items.error().with_context("rec_feed of viewer '" + user.value() + "'");
  list.items = *std::move(items);
  return std::optional(std::move(list));
}

}  // namespace marquee::postgres
