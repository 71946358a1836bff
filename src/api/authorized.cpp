#include "api/authorized.h"

#include <optional>
#include <string_view>
#include <utility>

#include "identity/authorize.h"

namespace marquee::api {
namespace {

Result<void> check(const Services& services, const http::Request& request,
                   std::optional<identity::Role> want) {
  MARQUEE_TRY(const identity::Role have,
              identity::authorize(request.header("authorization"), services.operator_token));
  return identity::permit(have, want);
}

/// Calls of viewers and operators; polls of counters and health would drown them.
bool counts(std::string_view pattern) {
  return pattern.starts_with("/api/") && pattern != "/api/metrics" && pattern != "/api/health";
}

http::Reply timed(const Services& services, http::Reply reply) {
  return [&services, started = services.clock.steady(),
          reply = std::move(reply)](http::Response response) {
    services.totals.add(services.clock.steady() - started);
    reply(std::move(response));
  };
}

}  // namespace

void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, http::Handler handler) {
  const auto want = identity::required_role(http::to_string(method), pattern);
  router.add(method, pattern,
             [&services, want, counted = counts(pattern), handler = std::move(handler)](
                 http::Request request, http::Reply reply) {
               if (counted) reply = timed(services, std::move(reply));
               const auto allowed = check(services, request, want);
               if (!allowed.ok()) return reply(http::problem(allowed.error()));
               handler(std::move(request), std::move(reply));
             });
}

void reply_from(Worker& worker, http::Reply reply, std::function<http::Response()> answer) {
  const bool posted = worker.post([reply, answer = std::move(answer)] { reply(answer()); });
  if (!posted) reply(http::problem(503, "too much work waits: try again in a moment"));
}

}  // namespace marquee::api
