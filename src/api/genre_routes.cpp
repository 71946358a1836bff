#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "api/tagged.h"
#include "base/json_writer.h"

namespace marquee::api {
namespace {

struct Facets {
  std::map<std::string, std::uint64_t> films_by_genre;
  std::optional<int> first_year;
  std::optional<int> last_year;
};

Facets facets_of(const serving::Catalog& catalog) {
  Facets facets;
  for (const auto& movie : catalog.movies) {
    if (!movie || movie->hidden) continue;
    for (const std::string& genre : movie->genres) ++facets.films_by_genre[genre];
    if (!movie->year) continue;
    facets.first_year = std::min(facets.first_year.value_or(*movie->year), *movie->year);
    facets.last_year = std::max(facets.last_year.value_or(*movie->year), *movie->year);
  }
  return facets;
}

/// Genres with the most films first, ties by name.
std::string facets_json(const Facets& facets) {
  std::vector<std::pair<std::string, std::uint64_t>> genres(facets.films_by_genre.begin(),
                                                            facets.films_by_genre.end());
  std::stable_sort(genres.begin(), genres.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  JsonWriter json;
  json.begin_object().key("genres").begin_array();
  for (const auto& [genre, films] : genres) {
    json.begin_object().member("genre", genre).member("movies", films).end_object();
  }
  json.end_array();
  json.member_or_null("year_from", facets.first_year);
  json.member_or_null("year_to", facets.last_year);
  return json.end_object().take();
}

}  // namespace

void register_genre_routes(http::Router& router, const Services& services) {
  add_route(router, services, http::Method::kGet, "/api/genres",
            [&services](const http::Request& request, const http::Reply& reply) {
              if (auto refused = QueryParameters(request, {}).problem()) {
                return reply(*std::move(refused));
              }
              reply(tagged(request, facets_json(facets_of(*services.recommendations.catalog()))));
            });
}

}  // namespace marquee::api
