#include "api/list_json.h"

#include <string_view>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

constexpr std::size_t kFrameBytes = 512;
constexpr std::size_t kItemBytes = 224;

void write_item(JsonWriter& json, const Recommendation& item, const FilmJson::Parts* film,
                const MovieTable& movies) {
  json.begin_object();
  if (film != nullptr) {
    json.raw(film->head);
  } else {
    json.member("movie_id", movies.id_of(item.movie).value()).member("title", "");
  }
  json.member("score", item.score).member("rank", std::int64_t{item.rank});
  json.raw(film != nullptr ? std::string_view(film->tail) : R"("year":null,"genres":[])");
  if (!item.reason.empty()) json.member("reason", item.reason);
  json.end_object();
}

}  // namespace

std::string list_json(const RecommendationList& list, const FilmJson& films,
                      const MovieTable& movies) {
  JsonWriter json(kFrameBytes + kItemBytes * list.items.size());
  json.begin_object().member("user_id", list.user_id.value());
  json.key("recommendations").begin_array();
  for (const Recommendation& item : list.items) {
    write_item(json, item, films.of(item.movie), movies);
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
