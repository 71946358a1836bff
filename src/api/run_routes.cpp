#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/json_object.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "api/run_json.h"
#include "scheduling/logical_date.h"
#include "scheduling/pipeline.h"

namespace marquee::api {
namespace {

constexpr std::int64_t kRunsMax = 100;
constexpr std::int64_t kRunsDefault = 20;
constexpr std::int64_t kLinesMax = 1'000;
constexpr std::int64_t kSequenceMax = INT64_MAX - 1;

http::Response json_response(Result<std::string> body) {
  if (!body.ok()) return http::problem(body.error());
  http::Response response;
  response.body = *std::move(body);
  return response;
}

/// The run as it is now, accepted: what was asked for happens from here on.
http::Response accepted(const Services& services, const Result<Run>& run) {
  if (!run.ok()) return http::problem(run.error());
  http::Response response = json_response(run_json(services.runs, *run));
  if (response.status != 200) return response;
  response.status = 202;
  response.headers.emplace_back("Location", "/api/admin/runs/" + run->id);
  return response;
}

http::Response no_scheduler() {
  return http::problem(409, "this server does not schedule: start it with the role scheduler");
}

void list_runs(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters query(request, {"limit", "cursor", "status"});
  const auto limit = query.integer("limit", 1, kRunsMax).value_or(kRunsDefault);
  const auto before = query.integer("cursor", 1, kSequenceMax);
  const auto status =
      query.choice("status", {"queued", "running", "succeeded", "failed", "refused", "cancelled"});
  if (auto refused = query.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply), [&services, limit, before, status] {
    return json_response(
        runs_json(services.runs, status ? parse_run_status(*status) : std::nullopt,
                  before ? std::optional(static_cast<std::uint64_t>(*before)) : std::nullopt,
                  static_cast<std::size_t>(limit)));
  });
}

void one_run(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters query(request, {});
  const std::string id = query.path_id(request, "id");
  if (auto refused = query.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply),
             [&services, id] { return json_response(run_json(services.runs, id)); });
}

void run_logs(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters query(request, {"stage", "after", "limit"});
  const std::string id = query.path_id(request, "id");
  const auto stage = query.id("stage");
  const auto after = query.integer("after", 0, kSequenceMax).value_or(0);
  const auto limit = query.integer("limit", 1, kLinesMax).value_or(kLinesMax);
  if (auto refused = query.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply), [&services, id, stage, after, limit] {
    return json_response(run_log_json(services.runs, id, stage, static_cast<std::uint64_t>(after),
                                      static_cast<std::size_t>(limit)));
  });
}

/// What `params` ask for; a problem otherwise.
std::optional<http::Response> read_params(const std::string& json, scheduling::RunParams& params) {
  JsonObject object(json, "/params", {"logical_date"});
  params.logical_date = object.text("logical_date");
  if (params.logical_date) {
    const auto known = scheduling::check_logical_date(*params.logical_date);
    if (!known.ok()) object.wrong("logical_date", known.error().message);
  }
  return object.problem();
}

void start_run(const Services& services, const http::Request& request, http::Reply reply) {
  if (auto refused = QueryParameters(request, {}).problem()) return reply(*std::move(refused));
  JsonObject body(request, {"pipeline", "params"});
  const auto pipeline = body.text("pipeline");
  const auto params_json = body.object("params");
  if (!body.problem() && pipeline != scheduling::kBatchPipeline) {
    body.wrong("pipeline", fmt::format("want \"{}\"", scheduling::kBatchPipeline));
  }
  if (auto refused = body.problem()) return reply(*std::move(refused));
  scheduling::RunParams params;
  if (params_json) {
    if (auto refused = read_params(*params_json, params)) return reply(*std::move(refused));
  }
  if (services.scheduler == nullptr) return reply(no_scheduler());
  reply_from(services.readers, std::move(reply), [&services, pipeline, params] {
    return accepted(services, services.scheduler->trigger(*pipeline, params));
  });
}

using Change = Result<Run> (scheduling::Scheduler::*)(const std::string& run_id);

http::Handler change_run(const Services& services, Change change) {
  return [&services, change](const http::Request& request, http::Reply reply) {
    QueryParameters query(request, {});
    const std::string id = query.path_id(request, "id");
    if (auto refused = query.problem()) return reply(*std::move(refused));
    if (services.scheduler == nullptr) return reply(no_scheduler());
    reply_from(services.readers, std::move(reply), [&services, change, id] {
      return accepted(services, (services.scheduler->*change)(id));
    });
  };
}

}  // namespace

void register_run_routes(http::Router& router, const Services& services) {
  using http::Method;
  const std::string runs = "/api/admin/runs";
  add_route(router, services, Method::kGet, runs, list_runs);
  add_route(router, services, Method::kPost, runs, start_run);
  add_route(router, services, Method::kGet, runs + "/{id}", one_run);
  add_route(router, services, Method::kGet, runs + "/{id}/logs", run_logs);
  add_route(router, services, Method::kPost, runs + "/{id}/cancel",
            change_run(services, &scheduling::Scheduler::cancel));
  add_route(router, services, Method::kPost, runs + "/{id}/retry",
            change_run(services, &scheduling::Scheduler::retry));
}

}  // namespace marquee::api
