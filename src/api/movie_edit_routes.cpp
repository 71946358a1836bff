#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/json_object.h"
#include "api/movie_json.h"
#include "api/query_parameters.h"
#include "api/routes.h"

namespace marquee::api {
namespace {

constexpr std::size_t kTitleMax = 500;  // in characters, as JSON Schema counts
constexpr std::size_t kGenreMax = 100;

/// Code points of valid UTF-8.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// Refuses query parameters and a path that holds no film id; none when both are right.
std::optional<http::Response> wrong_film_path(const http::Request& request) {
  QueryParameters parameters(request, {});
  parameters.path_id(request, "id");
  return parameters.problem();
}

/// The film of a PUT; what is wrong with it is noted in `body`.
Movie read_movie(JsonObject& body, const http::Request& request) {
  Movie movie;
  movie.id = MovieId(std::string(request.path_parameter("id")));
  movie.title = body.text("title").value_or("");
  if (movie.title.empty() || length_of(movie.title) > kTitleMax) {
    body.wrong("title", fmt::format("want 1 to {} characters", kTitleMax));
  }
  if (const auto year = body.number("year")) {
    movie.year = static_cast<int>(std::max(-1.0, std::min(*year, 1e6)));
    if (*year != *movie.year || *year < kYearMin || *year > kYearMax) {
      body.wrong("year", fmt::format("want a whole number from {} to {}", kYearMin, kYearMax));
    }
  }
  movie.genres = body.texts("genres").value_or(std::vector<std::string>());
  const bool named = std::all_of(movie.genres.begin(), movie.genres.end(), [](const auto& genre) {
    return !genre.empty() && length_of(genre) <= kGenreMax;
  });
  if (!named || movie.genres.size() > kGenresMax) {
    body.wrong("genres",
               fmt::format("want at most {} of 1 to {} characters", kGenresMax, kGenreMax));
  }
  movie.metadata = body.object("metadata").value_or("{}");
  return movie;
}

void put_movie(const Services& services, const http::Request& request, http::Reply reply) {
  if (auto refused = wrong_film_path(request)) return reply(*std::move(refused));
  JsonObject body(request, {"title", "year", "genres", "metadata"});
  Movie movie = read_movie(body, request);
  if (auto refused = body.problem()) return reply(*std::move(refused));
  reply_from(services.operators, std::move(reply), [&services, movie = std::move(movie)] {
    const auto stored = services.operations.put_movie(movie);
    if (!stored.ok()) return http::problem(stored.error());
    JsonWriter json;
    json.begin_object();
    write_movie(json, movie);
    http::Response response;
    response.body = json.key("metadata").raw(movie.metadata).end_object().take();
    return response;
  });
}

void delete_movie(const Services& services, const http::Request& request, http::Reply reply) {
  if (auto refused = wrong_film_path(request)) return reply(*std::move(refused));
  const MovieId id(std::string(request.path_parameter("id")));
  reply_from(services.operators, std::move(reply), [&services, id] {
    const auto hidden = services.operations.hide_movie(id);
    if (!hidden.ok()) return http::problem(hidden.error());
    http::Response response;
    response.status = 204;
    return response;
  });
}

}  // namespace

void register_movie_edit_routes(http::Router& router, const Services& services) {
  add_route(router, services, http::Method::kPut, "/api/movies/{id}", put_movie);
  add_route(router, services, http::Method::kDelete, "/api/movies/{id}", delete_movie);
}

}  // namespace marquee::api
