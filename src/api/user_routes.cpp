#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "api/taste.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

constexpr std::int64_t kHistoryLimitMax = 1'000;
constexpr std::int64_t kHistoryLimitDefault = 100;

const Movie* film_of(const Services& services, const serving::Catalog& catalog, const MovieId& id) {
  const auto key = services.movies.find(id.value());
  return key ? catalog.find(*key) : nullptr;
}

/// A cursor is the sequence that the next page ends before.
std::optional<std::uint64_t> before_of(QueryParameters& parameters) {
  const auto cursor = parameters.text("cursor");
  if (!cursor) return std::nullopt;
  std::uint64_t before = 0;
  const char* end = cursor->data() + cursor->size();
  if (cursor->starts_with("h") && cursor->size() > 1) {
    const auto [stop, error] = std::from_chars(cursor->data() + 1, end, before);
    if (error == std::errc{} && stop == end) return before;
  }
  parameters.wrong("cursor", "want the next_cursor of an earlier answer");
  return std::nullopt;
}

void write_event(JsonWriter& json, const AppliedEvent& applied, const Movie* movie) {
  const Event& event = applied.event;
  json.begin_object().member("event_id", event.event_id.to_string());
  json.member("movie_id", event.movie_id.value());
  json.member("title", movie == nullptr ? std::string() : movie->title);
  json.member("event_type", to_string(event.type));
  json.member_or_null("value", event.value).member("ts", format_rfc3339(event.ts_ms));
  if (event.undoes) json.member("undoes", event.undoes->to_string());
  if (applied.undone) json.member("undone", true);
  json.end_object();
}

http::Response history_page(const Services& services, const UserId& user,
                            std::optional<std::uint64_t> before, std::size_t limit) {
  const auto page = services.profiles.history(user, before, limit);
  if (!page.ok()) return http::problem(page.error());
  const auto catalog = services.recommendations.catalog();
  JsonWriter json;
  json.begin_object().member("user_id", user.value()).key("history").begin_array();
  for (const AppliedEvent& event : page->events) {
    write_event(json, event, film_of(services, *catalog, event.event.movie_id));
  }
  json.end_array();
  if (page->next_before_seq) json.member("next_cursor", fmt::format("h{}", *page->next_before_seq));
  http::Response response;
  response.body = json.end_object().take();
  return response;
}

void get_history(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters parameters(request, {"limit", "cursor"});
  const UserId user = parameters.path_viewer(request, "id");
  const auto before = before_of(parameters);
  const auto limit = static_cast<std::size_t>(
      parameters.integer("limit", 1, kHistoryLimitMax).value_or(kHistoryLimitDefault));
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply), [&services, user, before, limit] {
    return history_page(services, user, before, limit);
  });
}

http::Response profile_of(const Services& services, const UserId& user) {
  Taste taste;
  const auto catalog = services.recommendations.catalog();
  std::optional<std::uint64_t> before;
  do {
    const auto page = services.profiles.history(user, before, kHistoryLimitMax);
    if (!page.ok()) return http::problem(page.error());
    for (const AppliedEvent& event : page->events) {
      taste.add(event, film_of(services, *catalog, event.event.movie_id));
    }
    before = page->next_before_seq;
  } while (before);
  http::Response response;
  response.body = taste.to_json(user);
  return response;
}

void get_profile(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters parameters(request, {});
  const UserId user = parameters.path_viewer(request, "id");
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply),
             [&services, user] { return profile_of(services, user); });
}

}  // namespace

void register_user_routes(http::Router& router, const Services& services) {
  add_route(router, services, http::Method::kGet, "/api/users/{id}/history", get_history);
  add_route(router, services, http::Method::kGet, "/api/users/{id}/profile", get_profile);
}

}  // namespace marquee::api
