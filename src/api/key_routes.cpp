#include <cmath>
#include <utility>

#include "api/authorized.h"
#include "api/json_object.h"
#include "api/key_json.h"
#include "api/query_parameters.h"
#include "api/routes.h"

namespace marquee::api {
namespace {

constexpr std::int64_t kDayOfSeconds = 86'400;
constexpr std::int64_t kAuditLimitMax = 1'000;
constexpr std::int64_t kAuditLimitDefault = 100;
constexpr std::int64_t kAuditSequenceMax = 1LL << 53;

http::Response plain(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response issued_response(const Result<identity::IssuedKey>& issued) {
  if (!issued.ok()) return http::problem(issued.error());
  return plain(201, issued_json(*issued));
}

/// A number that must be whole; what is wrong with it is noted in `body`.
std::optional<std::int64_t> whole_number(JsonObject& body, std::string_view name,
                                         std::int64_t max) {
  const auto number = body.number(name);
  if (!number) return std::nullopt;
  if (*number == std::floor(*number) && *number >= 0 && *number <= static_cast<double>(max)) {
    return static_cast<std::int64_t>(*number);
  }
  body.wrong(name, "want a whole number from 0 to " + std::to_string(max));
  return std::nullopt;
}

void list_keys(const Services& services, const http::Request& request, http::Reply reply) {
  if (auto refused = QueryParameters(request, {}).problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply), [&services] {
    const auto keys = services.keys.list();
    return keys.ok() ? plain(200, keys_json(*keys)) : http::problem(keys.error());
  });
}

void create_key(const Services& services, const http::Request& request, http::Reply reply) {
  if (auto refused = QueryParameters(request, {}).problem()) return reply(*std::move(refused));
  JsonObject body(request, {"name", "role", "viewer", "days"});
  identity::KeyOrder order;
  order.name = body.text("name").value_or("");
  order.role = body.text("role").value_or("");
  order.viewer = body.text("viewer");
  order.days = whole_number(body, "days", identity::ApiKeys::kDaysMax);
  if (auto refused = body.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply),
             [&services, order] { return issued_response(services.keys.create(order)); });
}

void rotate_key(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters query(request, {});
  const std::string id = query.path_id(request, "id");
  if (auto refused = query.problem()) return reply(*std::move(refused));
  std::optional<std::int64_t> overlap_s;
  if (!request.body.empty()) {
    JsonObject body(request, {"overlap_s"});
    overlap_s = whole_number(body, "overlap_s", identity::ApiKeys::kOverlapSecondsMax);
    if (auto refused = body.problem()) return reply(*std::move(refused));
  }
  reply_from(services.readers, std::move(reply), [&services, id, overlap_s] {
    return issued_response(services.keys.rotate(id, overlap_s.value_or(kDayOfSeconds)));
  });
}

void revoke_key(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters query(request, {});
  const std::string id = query.path_id(request, "id");
  if (auto refused = query.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply), [&services, id] {
    const auto revoked = services.keys.revoke(id);
    return revoked.ok() ? plain(204, "") : http::problem(revoked.error());
  });
}

void list_audit(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters query(request, {"limit", "cursor"});
  const auto limit = query.integer("limit", 1, kAuditLimitMax).value_or(kAuditLimitDefault);
  const auto before = query.integer("cursor", 1, kAuditSequenceMax);
  if (auto refused = query.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply), [&services, limit, before] {
    const auto page = services.audit_log.list(
        before ? std::optional(static_cast<std::uint64_t>(*before)) : std::nullopt,
        static_cast<std::size_t>(limit));
    return page.ok() ? plain(200, audit_json(*page)) : http::problem(page.error());
  });
}

}  // namespace

void register_key_routes(http::Router& router, const Services& services) {
  using http::Method;
  const std::string keys = "/api/admin/keys";
  add_route(router, services, Method::kGet, keys, list_keys);
  add_route(router, services, Method::kPost, keys, create_key);
  add_route(router, services, Method::kPost, keys + "/{id}/rotate", rotate_key);
  add_route(router, services, Method::kDelete, keys + "/{id}", revoke_key);
  add_route(router, services, Method::kGet, "/api/admin/audit-log", list_audit);
}

}  // namespace marquee::api
