#include "api/list_json.h"

#include <string_view>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

constexpr std::size_t kFrameBytes = 512;
constexpr std::size_t kItemBytes = 224;

void append_row(std::string& rows, const Recommendation& item, const FilmJson::Parts& film) {
  if (!rows.empty()) rows += ',';
  rows += film.head;
  append_json(rows, item.score);
  rows += R"(,"rank":)";
  append_json(rows, std::int64_t{item.rank});
  rows += film.tail;
  if (!item.reason.empty()) rows += R"(,"reason":)" + json_quote(item.reason);
  rows += '}';
}

/// All rows, with commas between them.
std::string rows_json(const RecommendationList& list, const FilmJson& films,
                      const MovieTable& movies) {
  std::string rows;
  rows.reserve(kItemBytes * list.items.size());
  for (const Recommendation& item : list.items) {
    if (const auto* film = films.of(item.movie)) {
      append_row(rows, item, *film);
      continue;
    }
    Movie gone;  // from the catalogue, meanwhile
    gone.id = movies.id_of(item.movie);
    append_row(rows, item, FilmJson::parts_of(gone));
  }
  return rows;
}

}  // namespace

std::string list_json(const RecommendationList& list, const FilmJson& films,
                      const MovieTable& movies) {
  const std::string rows = rows_json(list, films, movies);
  JsonWriter json(kFrameBytes + rows.size());
  json.begin_object().member("user_id", list.user_id.value());
  json.key("recommendations").begin_array().raw(rows).end_array();
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
