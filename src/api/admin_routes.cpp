#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

http::Response json_response(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

void write_model(JsonWriter& json, const ModelRecord& model, const Operations::Models& models) {
  json.begin_object().member("version", model.version.value());
  json.member("current", model.version == models.current);
  json.member("previous", model.version == models.previous);
  json.member("created_at", format_rfc3339(model.created_at_ms));
  json.key("promoted_at");
  model.promoted_at_ms ? json.value(format_rfc3339(*model.promoted_at_ms)) : json.null();
  json.key("manifest").raw(model.manifest).end_object();
}

http::Response list_models(Operations& operations) {
  const auto models = operations.models();
  if (!models.ok()) return http::problem(models.error());
  JsonWriter json;
  json.begin_object().key("models").begin_array();
  for (const ModelRecord& model : models->models) write_model(json, model, *models);
  return json_response(json.end_array().end_object().take());
}

http::Response one_model(Operations& operations, const ModelVersion& version) {
  const auto models = operations.models();
  if (!models.ok()) return http::problem(models.error());
  for (const ModelRecord& model : models->models) {
    if (model.version != version) continue;
    JsonWriter json;
    write_model(json, model, *models);
    return json_response(json.take());
  }
  return http::problem(404, fmt::format("there is no model '{}'", version.value()));
}

http::Response promoted(const Result<ModelVersion>& version) {
  if (!version.ok()) return http::problem(version.error());
  JsonWriter json;
  json.begin_object().member("current", version->value());
  return json_response(json.end_object().take());
}

http::Response audit(Operations& operations) {
  const auto audit = operations.audit();
  if (!audit.ok()) return http::problem(audit.error());
  return json_response(to_json(*audit));
}

http::Response state(const Services& services) {
  const Cursor applied = services.state.applied();
  JsonWriter json;
  json.begin_object().key("applied").begin_array();
  for (const auto& [partition, next] : applied.partitions()) {
    json.value(Offset{partition, next}.to_string());
  }
  return json_response(json.end_array().end_object().take());
}

/// A route without query parameters whose answer may block.
void add(http::Router& router, const Services& services, http::Method method,
         const std::string& pattern, std::function<http::Response(const ModelVersion&)> answer) {
  add_route(
      router, services, method, pattern,
      [&services, answer = std::move(answer)](const http::Request& request, http::Reply reply) {
        if (auto refused = QueryParameters(request, {}).problem()) {
          return reply(*std::move(refused));
        }
        const ModelVersion version{std::string(request.path_parameter("version"))};
        if (!version.value().empty() && !is_valid_id(version.value())) {
          return reply(http::problem(422, "the path holds no model version"));
        }
        reply_from(services.operators, std::move(reply),
                   [answer, version] { return answer(version); });
      });
}

}  // namespace

void register_admin_routes(http::Router& router, const Services& services) {
  using http::Method;
  Operations& operations = services.operations;
  add(router, services, Method::kGet, "/api/admin/audit",
      [&operations](const ModelVersion&) { return audit(operations); });
  add(router, services, Method::kGet, "/api/admin/state",
      [&services](const ModelVersion&) { return state(services); });
  add(router, services, Method::kGet, "/api/admin/models",
      [&operations](const ModelVersion&) { return list_models(operations); });
  add(router, services, Method::kPost, "/api/admin/models/rollback",
      [&operations](const ModelVersion&) { return promoted(operations.rollback()); });
  add(router, services, Method::kGet, "/api/admin/models/{version}",
      [&operations](const ModelVersion& version) { return one_model(operations, version); });
  add(router, services, Method::kPost, "/api/admin/models/{version}/promote",
      [&operations](const ModelVersion& version) {
        const auto done = operations.promote(version);
        return promoted(done.ok() ? Result<ModelVersion>(version) : done.error());
      });
  add(router, services, Method::kPost, "/api/admin/cache/invalidate",
      [&operations](const ModelVersion&) {
        operations.invalidate_cache();
        return json_response(R"({"status":"invalidated"})");
      });
}

}  // namespace marquee::api
