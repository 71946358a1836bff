#pragma once

#include "base/json_writer.h"
#include "domain/movie.h"

namespace marquee::api {

/// A film's first members: movie_id, title.
inline void write_title(JsonWriter& json, const Movie& movie) {
  json.member("movie_id", movie.id.value()).member("title", movie.title);
}

/// And those behind: year, genres.
inline void write_kind(JsonWriter& json, const Movie& movie) {
  json.member_or_null("year", movie.year);
  json.key("genres").begin_array();
  for (const std::string& genre : movie.genres) json.value(genre);
  json.end_array();
}

/// All of them, without the braces.
inline void write_movie(JsonWriter& json, const Movie& movie) {
  write_title(json, movie);
  write_kind(json, movie);
}

}  // namespace marquee::api
