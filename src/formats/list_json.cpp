#include "formats/list_json.h"

#include <simdjson.h>

#include "base/json_writer.h"

namespace marquee::formats {
namespace {

Error damaged(const char* what, std::string_view json) {
  constexpr std::size_t kShownMax = 40;
  return Error{ErrorCode::kDataLoss,
               "'" + std::string(json.substr(0, kShownMax)) + "' is no " + what + " in JSON"};
}

/// One parser a thread: it keeps its buffers, so that a list costs no allocation of its own.
simdjson::dom::parser& parser() {
  thread_local simdjson::dom::parser instance;
  return instance;
}

bool read_scored(const simdjson::dom::element& element, ScoredMovie& out) {
  std::string_view id;
  simdjson::dom::element score;
  if (element["movie_id"].get(id) != simdjson::SUCCESS) return false;
  if (element["score"].get(score) != simdjson::SUCCESS) return false;
  double number = 0;
  if (!score.is_null() && score.get(number) != simdjson::SUCCESS) return false;
  out = ScoredMovie{MovieId(std::string(id)), static_cast<float>(number)};
  return true;
}

}  // namespace

std::string encode_scored_movies(std::span<const ScoredMovie> movies) {
  constexpr std::size_t kMovieBytes = 48;
  JsonWriter json(kMovieBytes * movies.size() + 2);
  json.begin_array();
  for (const ScoredMovie& movie : movies) {
    json.begin_object();
    json.member("movie_id", movie.movie_id.value()).member("score", movie.score);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

Result<std::vector<ScoredMovie>> decode_scored_movies(std::string_view json) {
  simdjson::dom::array items;
  if (parser().parse(json.data(), json.size()).get(items) != simdjson::SUCCESS) {
    return damaged("list of films", json);
  }
  std::vector<ScoredMovie> movies(items.size());
  std::size_t i = 0;
  for (const simdjson::dom::element item : items) {
    if (i == movies.size()) movies.emplace_back();  // size() saturates at 2^24 - 1
    if (!read_scored(item, movies[i++])) return damaged("list of films", json);
  }
  return movies;
}

std::string encode_strings(std::span<const std::string> texts) {
  JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
  return json.take();
}

Result<std::vector<std::string>> decode_strings(std::string_view json) {
  simdjson::dom::array items;
  if (parser().parse(json.data(), json.size()).get(items) != simdjson::SUCCESS) {
    return damaged("list of texts", json);
  }
  std::vector<std::string> texts;
  for (const simdjson::dom::element item : items) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return damaged("list of texts", json);
    texts.emplace_back(text);
  }
  return texts;
}

}  // namespace marquee::formats
