#pragma once

#include "base/json_writer.h"
#include "domain/movie.h"

namespace marquee::api {

/// A film's members, without the braces: movie_id, title, year, genres.
inline void write_movie(JsonWriter& json, const Movie& movie) {
  json.member("movie_id", movie.id.value()).member("title", movie.title);
  json.member_or_null("year", movie.year);
  json.key("genres").begin_array();
  for (const std::string& genre : movie.genres) json.value(genre);
  json.end_array();
}

}  // namespace marquee::api
