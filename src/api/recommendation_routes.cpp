#include <chrono>
#include <memory>
#include <utility>

#include "api/authorized.h"
#include "api/film_json.h"
#include "api/list_json.h"
#include "api/query_parameters.h"
#include "api/routes.h"

namespace marquee::api {
namespace {

using serving::RecommendationQuery;

constexpr std::chrono::milliseconds kMinOffsetPatience{250};
constexpr std::size_t kExcludeMax = 1'000;

std::optional<int> year(QueryParameters& query, std::string_view name) {
  const auto value = query.integer(name, kYearMin, kYearMax);
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

RecommendationQuery read_query(QueryParameters& parameters) {
  RecommendationQuery query;
  query.user_id = parameters.required_viewer("user_id");
  query.limit = static_cast<std::int32_t>(parameters.integer("limit", 1, kLimitMax).value_or(10));
  if (auto session = parameters.id("session_id")) query.session_id = SessionId(*std::move(session));
  query.genres = parameters.list("genre", kGenresMax);
  query.exclude_genres = parameters.list("exclude_genre", kGenresMax);
  query.year_from = year(parameters, "year_from");
  query.year_to = year(parameters, "year_to");
  for (std::string& id : parameters.list("exclude", kExcludeMax)) {
    if (!is_valid_id(id)) {
      parameters.wrong("exclude", "want film ids separated by commas");
      break;
    }
    query.exclude.emplace_back(std::move(id));
  }
  query.diversity = parameters.number("diversity", 0, 1);
  query.explain = parameters.flag("explain").value_or(false);
  query.profiling = parameters.choice("profiling", {"on", "off"}).value_or("on") == "on";
  query.cursor = parameters.text("cursor");
  (void)parameters.choice("row", {"top_picks"});
  return query;
}

void answer(const Services& services, CurrentFilmJson& films, const RecommendationQuery& query,
            const http::Reply& reply) {
  const auto list = services.recommendations.recommend(query);
  if (!list.ok()) {
    reply(http::problem(422, list.error().message, {{"cursor", list.error().message}}));
    return;
  }
  http::Response response;
  response.tier = to_string(list->source);
  response.body = list_json(*list, *films.of(services.recommendations.catalog()), services.movies);
  reply(std::move(response));
}

void recommend(const Services& services, const std::shared_ptr<CurrentFilmJson>& films,
               const http::Request& request, http::Reply reply) {
  QueryParameters parameters(
      request, {"user_id", "limit", "session_id", "genre", "exclude_genre", "year_from", "year_to",
                "exclude", "diversity", "explain", "min_offset", "row", "cursor", "profiling"});
  RecommendationQuery query = read_query(parameters);
  const auto min_offset = parameters.offset("min_offset");
  query.reads_own_writes = min_offset.has_value();
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  if (!min_offset || services.state.applied().includes(*min_offset)) {
    return answer(services, *films, query, reply);
  }
  const auto deadline = services.clock.steady() + kMinOffsetPatience;
  services.state.when_applied(
      *min_offset, deadline,
      [&services, films, query = std::move(query), reply = std::move(reply)](bool applied) mutable {
        query.stale = !applied;
        const bool posted = services.readers.post(
            [&services, films, query, reply] { answer(services, *films, query, reply); });
        if (!posted) reply(http::problem(503, "too many requests wait for their events"));
      });
}

}  // namespace

void register_recommendation_routes(http::Router& router, const Services& services) {
  const auto films = std::make_shared<CurrentFilmJson>();
  add_route(router, services, http::Method::kGet, "/api/recommendations",
            http::Handler([&services, films](http::Request request, http::Reply reply) {
              recommend(services, films, request, std::move(reply));
            }));
}

}  // namespace marquee::api
