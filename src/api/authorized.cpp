#include "api/authorized.h"

#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/audited.h"
#include "identity/authorize.h"

namespace marquee::api {
namespace {

using identity::Role;

/// The one Authorization header; two could be read differently by whoever stands in front.
Result<std::optional<std::string_view>> authorization_of(const http::Request& request) {
  std::optional<std::string_view> only;
  for (const auto& [name, value] : request.headers) {
    if (name != "authorization") continue;
    if (only) {
      return Error{ErrorCode::kUnauthenticated, "the Authorization header stands more than once"};
    }
    only = value;
  }
  return only;
}

/// Compares every viewer that path and query name with the credential's.
Result<void> check_viewer(const identity::Caller& caller, const identity::Permission& permission,
                          const http::Request& request) {
  if (permission.viewer == identity::NamesViewer::kInPath) {
    return identity::permit_viewer(caller, request.path_parameter("id"));
  }
  if (permission.viewer != identity::NamesViewer::kInQuery) return {};
  for (const auto& [name, value] : request.query) {
    if (name == "user_id") MARQUEE_CHECK(identity::permit_viewer(caller, value));
  }
  return {};
}

/// Who calls and whether he may; the caller is told apart from the outcome, since who is known and
/// was refused is written down.
struct Checked {
  identity::Caller caller;
  Result<void> allowed;
};

Checked check(const Services& services, const http::Request& request,
              const identity::Permission* permission) {
  const bool for_everyone = permission != nullptr && permission->roles.has(Role::kAnonymous);
  if (for_everyone) return {};  // a probe with an old key gets its answer
  const auto authorization = authorization_of(request);
  if (!authorization.ok()) return {{}, authorization.error()};
  auto caller = services.authenticator.identify(*authorization);
  if (!caller.ok()) return {{}, caller.error()};
  auto allowed = identity::permit(*caller, permission);
  if (allowed.ok()) allowed = check_viewer(*caller, *permission, request);
  return {*std::move(caller), std::move(allowed)};
}

/// What operators change. Strangers are not written down: they could fill the log.
void audited_or_refused(const Services& services, const identity::Caller& caller,
                        const Result<void>& allowed, const identity::Permission& permission,
                        http::Request request, http::Reply reply, const CallerHandler& handler) {
  const std::string operation = fmt::format("{} {}", permission.method, permission.pattern);
  if (allowed.ok()) {
    return audited(services, caller, operation, std::move(request), std::move(reply),
                   [caller, handler](http::Request asked, http::Reply answer) {
                     handler(caller, std::move(asked), std::move(answer));
                   });
  }
  http::Response refusal = http::problem(allowed.error());
  if (caller.role <= Role::kGuest) return reply(std::move(refusal));
  audit_refusal(services, caller, operation, request, std::move(reply), std::move(refusal));
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
               const std::string& pattern, CallerHandler handler) {
  const auto* const permission = identity::find_permission(http::to_string(method), pattern);
  router.add(method, pattern,
             [&services, permission, counted = counts(pattern), handler = std::move(handler)](
                 http::Request request, http::Reply reply) {
               if (counted) reply = timed(services, std::move(reply));
               const auto [caller, allowed] = check(services, request, permission);
               if (permission != nullptr && permission->is_audited()) {
                 return audited_or_refused(services, caller, allowed, *permission,
                                           std::move(request), std::move(reply), handler);
               }
               if (!allowed.ok()) return reply(http::problem(allowed.error()));
               handler(caller, std::move(request), std::move(reply));
             });
}

void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, http::Handler handler) {
  add_route(router, services, method, pattern,
            CallerHandler([handler = std::move(handler)](const identity::Caller&,
                                                         http::Request request, http::Reply reply) {
              handler(std::move(request), std::move(reply));
            }));
}

void add_route(http::Router& router, const Services& services, http::Method method,
               const std::string& pattern, ServicesHandler handler) {
  add_route(router, services, method, pattern,
            http::Handler([&services, handler](const http::Request& request, http::Reply reply) {
              handler(services, request, std::move(reply));
            }));
}

void reply_from(Worker& worker, http::Reply reply, std::function<http::Response()> answer) {
  const bool posted = worker.post([reply, answer = std::move(answer)] { reply(answer()); });
  if (!posted) reply(http::problem(503, "too much work waits: try again in a moment"));
}

}  // namespace marquee::api
