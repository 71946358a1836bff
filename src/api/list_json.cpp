#include "api/list_json.h"

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

void write_item(JsonWriter& json, const Recommendation& item, const Movie* movie,
                const MovieId& id) {
  json.begin_object().member("movie_id", id.value());
  json.member("title", movie == nullptr ? std::string() : movie->title);
  json.member("score", item.score).member("rank", std::int64_t{item.rank});
  json.member_or_null("year", movie == nullptr ? std::nullopt : movie->year);
  json.key("genres").begin_array();
  if (movie != nullptr) {
    for (const std::string& genre : movie->genres) json.value(genre);
  }
  json.end_array();
  if (!item.reason.empty()) json.member("reason", item.reason);
  json.end_object();
}

}  // namespace

std::string list_json(const RecommendationList& list, const serving::Catalog& catalog,
                      const MovieTable& movies) {
  JsonWriter json;
  json.begin_object().member("user_id", list.user_id.value());
  json.key("recommendations").begin_array();
  for (const Recommendation& item : list.items) {
    write_item(json, item, catalog.find(item.movie), movies.id_of(item.movie));
  }
  json.end_array();
  json.member("source", to_string(list.source));
  json.member("generated_at", format_rfc3339(list.generated_at_ms));
  json.member("list_id", list.list_id.value());
  json.key("model_version");
  list.model_version ? json.value(list.model_version->value()) : json.null();
  json.key("offset");
  list.offset ? json.value(list.offset->to_string()) : json.null();
  if (list.stale) json.member("stale", true);
  json.member("next_cursor", list.next_cursor);
  return json.end_object().take();
}

}  // namespace marquee::api
