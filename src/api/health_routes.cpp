#include <string_view>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

std::string_view overall(const Operations::Health& health) {
  // Popular titles need neither, so only the two together leave nothing worth serving.
  if (health.events.status == "down" && health.state.status == "down") return "down";
  for (const DependencyHealth* dependency :
       {&health.events, &health.state, &health.cache, &health.objects, &health.model}) {
    if (dependency->status != "ok") return "degraded";
  }
  if (health.retrieval && health.retrieval->status != "ok") return "degraded";
  return "ok";
}

void write_dependency(JsonWriter& json, std::string_view name, const DependencyHealth& dependency) {
  json.key(name).begin_object().member("status", dependency.status);
  json.member("since", format_rfc3339(dependency.since_ms));
  json.member("detail", dependency.detail).end_object();
}

std::string health_json(const Operations::Health& health) {
  JsonWriter json;
  json.begin_object().member("status", overall(health));
  json.key("dependencies").begin_object();
  write_dependency(json, "events", health.events);
  write_dependency(json, "state", health.state);
  write_dependency(json, "cache", health.cache);
  write_dependency(json, "objects", health.objects);
  write_dependency(json, "model", health.model);
  if (health.retrieval) write_dependency(json, "retrieval", *health.retrieval);
  return json.end_object().member("version", MARQUEE_VERSION).end_object().take();
}

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

/// A route without parameters.
void add(http::Router& router, const Services& services, const std::string& pattern,
         std::function<http::Response()> answer) {
  add_route(router, services, http::Method::kGet, pattern,
            [answer = std::move(answer)](const http::Request& request, const http::Reply& reply) {
              if (auto refused = QueryParameters(request, {}).problem()) return reply(*refused);
              reply(answer());
            });
}

}  // namespace

void register_health_routes(http::Router& router, const Services& services) {
  add(router, services, "/health", [] {
    http::Response response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "Gateway OK";
    return response;
  });
  add(router, services, "/api/health", [&services] {
    const auto health = services.operations.health();
    return json_response(overall(health) == "down" ? 503 : 200, health_json(health));
  });
  // Live: this process answers; no dependency is asked, or an orchestrator would restart it for
  // theirs.
  add(router, services, "/health/live", [] {
    JsonWriter json;
    json.begin_object().member("status", "ok").member("version", MARQUEE_VERSION).end_object();
    return json_response(200, json.take());
  });
  add(router, services, "/health/ready", [&services] {
    const auto health = services.operations.health();
    if (!health.ready) return http::problem(503, "still starting");
    return json_response(200, health_json(health));
  });
}

}  // namespace marquee::api
