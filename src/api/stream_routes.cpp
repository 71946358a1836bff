#include <utility>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"

namespace marquee::api {
namespace {

http::Response streamed(std::shared_ptr<http::StreamReader> stream) {
  if (!stream) return http::problem(503, "too many streams are open: poll, or try again later");
  http::Response response;
  response.content_type = "text/event-stream";
  response.headers = {{"X-Accel-Buffering", "no"}};  // or NGINX would keep what is told
  response.stream = std::move(stream);
  return response;
}

/// What the client has seen before, by the header that its EventSource resumes with.
std::optional<Offset> last_seen(const http::Request& request, QueryParameters& parameters) {
  const auto text = request.header("last-event-id");
  if (!text || text->empty()) return std::nullopt;
  auto offset = Offset::parse(*text);
  if (!offset) parameters.wrong("Last-Event-ID", "want the id of an event of this stream");
  return offset;
}

void follow_viewer(const Services& services, const http::Request& request,
                   const http::Reply& reply) {
  QueryParameters parameters(request, {});
  const UserId user = parameters.path_viewer(request, "id");
  const auto seen = last_seen(request, parameters);
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply(streamed(services.changes.follow_viewer(user, seen)));
}

void follow_all(const Services& services, const http::Request& request, const http::Reply& reply) {
  if (auto refused = QueryParameters(request, {}).problem()) return reply(*std::move(refused));
  reply(streamed(services.changes.follow_all()));
}

}  // namespace

void register_stream_routes(http::Router& router, const Services& services) {
  add_route(router, services, http::Method::kGet, "/api/users/{id}/stream",
            [&services](const http::Request& request, const http::Reply& reply) {
              follow_viewer(services, request, reply);
            });
  add_route(router, services, http::Method::kGet, "/api/admin/events/stream",
            [&services](const http::Request& request, const http::Reply& reply) {
              follow_all(services, request, reply);
            });
}

}  // namespace marquee::api
