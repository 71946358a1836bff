#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/json_object.h"
#include "api/movie_json.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "base/hash.h"
#include "http/response_head.h"

namespace marquee::api {
namespace {

using serving::MovieQuery;

constexpr std::int64_t kLimitMax = 100;
constexpr std::int64_t kYearMin = 1800;
constexpr std::int64_t kYearMax = 2200;
constexpr std::int64_t kFirstMax = 10'000'000;
constexpr std::size_t kTitleBytesMax = 2'000;
constexpr std::size_t kGenresMax = 50;
constexpr std::size_t kGenreBytesMax = 100;

/// A cursor is the number of films before the page; opaque to clients.
std::optional<std::size_t> first_of(QueryParameters& parameters) {
  const auto cursor = parameters.text("cursor");
  if (!cursor) return 0;
  std::int64_t first = -1;
  const char* end = cursor->data() + cursor->size();
  if (cursor->starts_with("m") && std::from_chars(cursor->data() + 1, end, first).ptr == end &&
      first >= 0 && first <= kFirstMax) {
    return static_cast<std::size_t>(first);
  }
  parameters.wrong("cursor", "want the next_cursor of an earlier answer");
  return std::nullopt;
}

MovieQuery::Sort sort_of(QueryParameters& parameters) {
  const auto name = parameters.choice("sort", {"title", "year", "popularity", "for_me"});
  if (name == "title") return MovieQuery::Sort::kTitle;
  if (name == "year") return MovieQuery::Sort::kYear;
  if (name == "for_me") return MovieQuery::Sort::kForMe;
  return MovieQuery::Sort::kPopularity;
}

MovieQuery read_query(QueryParameters& parameters) {
  MovieQuery query;
  query.text = parameters.search_text("query").value_or("");
  query.genre = parameters.text("genre");
  if (const auto from = parameters.integer("year_from", kYearMin, kYearMax)) {
    query.year_from = static_cast<int>(*from);
  }
  if (const auto to = parameters.integer("year_to", kYearMin, kYearMax)) {
    query.year_to = static_cast<int>(*to);
  }
  query.sort = sort_of(parameters);
  if (auto user = parameters.id("user_id")) query.user = UserId(*std::move(user));
  if (query.sort == MovieQuery::Sort::kForMe && !query.user) {
    parameters.wrong("user_id", "is missing: sort=for_me wants to know for whom");
  }
  query.limit = static_cast<std::size_t>(parameters.integer("limit", 1, kLimitMax).value_or(20));
  query.first = first_of(parameters).value_or(0);
  return query;
}

std::string page_json(const Services& services, const MovieQuery& query) {
  const auto catalog = services.recommendations.catalog();
  const auto page = services.search.search(query);
  JsonWriter json;
  json.begin_object().key("movies").begin_array();
  for (const auto& [key, popularity] : page.movies) {
    const Movie* movie = catalog->find(key);
    if (movie == nullptr || movie->hidden) continue;  // withdrawn between the two snapshots
    json.begin_object();
    write_movie(json, *movie);
    json.member("popularity", popularity).end_object();
  }
  json.end_array().member("total", std::uint64_t{page.total});
  const std::size_t next = query.first + page.movies.size();
  if (next < page.total && !page.movies.empty())
    json.member("next_cursor", fmt::format("m{}", next));
  return json.end_object().take();
}

/// Adds a strong ETag; 304 when the client has this very answer.
http::Response with_etag(const http::Request& request, std::string body) {
  const std::string etag = fmt::format("\"{:016x}\"", stable_hash(body));
  http::Response response;
  response.headers = {{"ETag", etag}, {"Cache-Control", "no-cache"}};
  if (http::etag_matches(request.header("if-none-match").value_or(""), etag)) {
    response.status = 304;
  } else {
    response.body = std::move(body);
  }
  return response;
}

void list_movies(const Services& services, const http::Request& request, const http::Reply& reply) {
  QueryParameters parameters(
      request, {"query", "genre", "year_from", "year_to", "sort", "limit", "cursor", "user_id"});
  const MovieQuery query = read_query(parameters);
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply(with_etag(request, page_json(services, query)));
}

http::Response no_such_movie(std::string_view id) {
  return http::problem(404, fmt::format("there is no film '{}'", id));
}

/// Refuses query parameters and a path that holds no film id; none when both are right.
std::optional<http::Response> wrong_film_path(const http::Request& request) {
  QueryParameters parameters(request, {});
  parameters.path_id(request, "id");
  return parameters.problem();
}

double popularity_of(const Services& services, MovieKey key) {
  const auto popular = services.recommendations.popular();
  const auto found = std::find_if(popular->begin(), popular->end(),
                                  [key](const Candidate& film) { return film.movie == key; });
  return found == popular->end() ? 0 : static_cast<double>(found->score);
}

void get_movie(const Services& services, const http::Request& request, const http::Reply& reply) {
  if (auto refused = wrong_film_path(request)) return reply(*std::move(refused));
  const std::string_view id = request.path_parameter("id");
  const auto key = services.movies.find(id);
  const auto catalog = services.recommendations.catalog();
  const Movie* movie = key ? catalog->find(*key) : nullptr;
  if (movie == nullptr || movie->hidden) return reply(no_such_movie(id));
  JsonWriter json;
  json.begin_object();
  write_movie(json, *movie);
  json.member("popularity", popularity_of(services, *key));
  json.key("metadata").raw(movie->metadata).end_object();
  reply(with_etag(request, json.take()));
}

/// The film of a PUT; what is wrong with it is noted in `body`.
Movie read_movie(JsonObject& body, const http::Request& request) {
  Movie movie;
  movie.id = MovieId(std::string(request.path_parameter("id")));
  movie.title = body.text("title").value_or("");
  if (movie.title.empty() || movie.title.size() > kTitleBytesMax) {
    body.wrong("title", fmt::format("want 1 to {} bytes", kTitleBytesMax));
  }
  if (const auto year = body.number("year")) {
    movie.year = static_cast<int>(std::max(-1.0, std::min(*year, 1e6)));
    if (*year != *movie.year || *year < kYearMin || *year > kYearMax) {
      body.wrong("year", fmt::format("want a whole number from {} to {}", kYearMin, kYearMax));
    }
  }
  movie.genres = body.texts("genres").value_or(std::vector<std::string>());
  const bool named = std::all_of(movie.genres.begin(), movie.genres.end(), [](const auto& genre) {
    return !genre.empty() && genre.size() <= kGenreBytesMax;
  });
  if (!named || movie.genres.size() > kGenresMax) {
    body.wrong("genres",
               fmt::format("want at most {} of 1 to {} bytes", kGenresMax, kGenreBytesMax));
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

void register_movie_routes(http::Router& router, const Services& services) {
  using http::Method;
  using http::Reply;
  using http::Request;
  add_route(router, services, Method::kGet, "/api/movies",
            [&services](const Request& request, const Reply& reply) {
              list_movies(services, request, reply);
            });
  add_route(router, services, Method::kGet, "/api/movies/{id}",
            [&services](const Request& request, const Reply& reply) {
              get_movie(services, request, reply);
            });
  add_route(router, services, Method::kPut, "/api/movies/{id}",
            [&services](const Request& request, Reply reply) {
              put_movie(services, request, std::move(reply));
            });
  add_route(router, services, Method::kDelete, "/api/movies/{id}",
            [&services](const Request& request, Reply reply) {
              delete_movie(services, request, std::move(reply));
            });
}

}  // namespace marquee::api
