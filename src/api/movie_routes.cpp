#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/movie_json.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "api/tagged.h"

namespace marquee::api {
namespace {

using serving::MovieQuery;

constexpr std::int64_t kSimilarDefault = 10;
constexpr std::int64_t kFirstMax = 10'000'000;

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

MovieQuery read_movie_query(QueryParameters& parameters) {
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
  query.user = parameters.viewer("user_id");
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

void list_movies(const Services& services, const http::Request& request, const http::Reply& reply) {
  QueryParameters parameters(
      request, {"query", "genre", "year_from", "year_to", "sort", "limit", "cursor", "user_id"});
  const MovieQuery query = read_movie_query(parameters);
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply(tagged(request, page_json(services, query)));
}

http::Response no_such_movie(std::string_view id) {
  return http::problem(404, fmt::format("there is no film '{}'", id));
}

double popularity_of(const Services& services, MovieKey key) {
  const auto popular = services.recommendations.popular();
  const auto found = std::find_if(popular->begin(), popular->end(),
                                  [key](const Candidate& film) { return film.movie == key; });
  return found == popular->end() ? 0 : static_cast<double>(found->score);
}

/// The key of a film that is in the catalogue and not withdrawn.
std::optional<MovieKey> servable_film(const Services& services, const serving::Catalog& catalog,
                                      std::string_view id) {
  const auto key = services.movies.find(id);
  const Movie* movie = key ? catalog.find(*key) : nullptr;
  if (movie == nullptr || movie->hidden) return std::nullopt;
  return key;
}

void get_movie(const Services& services, const http::Request& request, const http::Reply& reply) {
  QueryParameters parameters(request, {});
  const std::string id = parameters.path_id(request, "id");
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  const auto catalog = services.recommendations.catalog();
  const auto key = servable_film(services, *catalog, id);
  if (!key) return reply(no_such_movie(id));
  const Movie* movie = catalog->find(*key);
  JsonWriter json;
  json.begin_object();
  write_movie(json, *movie);
  json.member("popularity", popularity_of(services, *key));
  json.key("metadata").raw(movie->metadata).end_object();
  reply(tagged(request, json.take()));
}

void get_similar(const Services& services, const http::Request& request, const http::Reply& reply) {
  QueryParameters parameters(request, {"limit"});
  const std::string id = parameters.path_id(request, "id");
  const auto limit = parameters.integer("limit", 1, kLimitMax).value_or(kSimilarDefault);
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  const auto catalog = services.recommendations.catalog();
  const auto key = servable_film(services, *catalog, id);
  if (!key) return reply(no_such_movie(id));
  JsonWriter json;
  json.begin_object().member("movie_id", id).key("similar").begin_array();
  for (const Candidate& film :
       services.recommendations.similar(*key, static_cast<std::size_t>(limit))) {
    const Movie* movie = catalog->find(film.movie);
    if (movie == nullptr || movie->hidden) continue;  // withdrawn between the two snapshots
    json.begin_object().member("movie_id", movie->id.value()).member("title", movie->title);
    json.member("score", film.score).end_object();
  }
  reply(tagged(request, json.end_array().end_object().take()));
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
  add_route(router, services, Method::kGet, "/api/movies/{id}/similar",
            [&services](const Request& request, const Reply& reply) {
              get_similar(services, request, reply);
            });
}

}  // namespace marquee::api
