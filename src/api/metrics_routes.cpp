#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "api/authorized.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "domain/canary_viewer.h"
#include "telemetry/quantile.h"

namespace marquee::api {
namespace {

/// The sum over every sample that has these labels. Asks for samples, never for the metric itself,
/// which would make it here with the wrong help text.
std::uint64_t counter(const Services& services, const std::string& name,
                      const telemetry::Labels& labels = {}) {
  double sum = 0;
  for (const telemetry::Sample& sample : services.metrics.samples(name)) {
    const bool wanted = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
      const auto found = sample.labels.find(label.first);
      return found != sample.labels.end() && found->second == label.second;
    });
    if (wanted) sum += sample.value;
  }
  return static_cast<std::uint64_t>(sum);
}

/// Of accepted and applied; their profiles know, whatever processes they were.
std::uint64_t events_by_canaries(const FoldedState& state) {
  std::uint64_t events = 0;
  for (std::uint32_t place = 0; place < kCanaryPlaces; ++place) {
    const auto canary = state.find(canary_viewer(place));
    if (canary != nullptr) events += canary->version;
  }
  return events;
}

void write_events(JsonWriter& json, const Services& services) {
  const ingest::Ingestor::Totals door = services.ingestor.totals();
  const auto folded = [&](const char* result) {
    return counter(services, "marquee_events_total", {{"result", result}});
  };
  json.key("events").begin_object();
  std::uint64_t accepted =
      0;  // durable, as in the audit; the door's numbers begin with the process
  const Cursor end = services.log.end();
  for (const auto& [partition, next] : end.partitions()) accepted += next;
  json.member("received", door.received).member("accepted", accepted);
  json.member("accepted_by_this_process", door.accepted);
  json.member("duplicate", door.duplicate).member("rejected", door.rejected);
  json.member("applied", folded("applied")).member("deduplicated", folded("deduplicated"));
  json.member("dead_lettered", folded("dead_lettered"));
  json.member("pending", counter(services, "marquee_events_pending"));
  json.member("by_canary", events_by_canaries(services.state));
  json.end_object();
}

void write_sources(JsonWriter& json, const Services& services) {
  json.key("sources").begin_object();
  for (const Source source : {Source::kMemoryCache, Source::kRedisCache, Source::kHybrid,
                              Source::kRealtime, Source::kBatch, Source::kPopular}) {
    const std::string name(to_string(source));
    json.member(name, counter(services, "marquee_recommendations_total", {{"source", name}}));
  }
  json.end_object();
}

/// The median and the 99th percentile since the start, in milliseconds; null before the first.
void write_quantiles(JsonWriter& json, std::string_view name,
                     std::span<const telemetry::Sample> histograms) {
  json.key(name);
  const auto median = telemetry::quantile(histograms, 0.5);
  if (!median) {
    json.null();
    return;
  }
  json.begin_object().member("p50", 1e3 * *median);
  json.member("p99", 1e3 * *telemetry::quantile(histograms, 0.99)).end_object();
}

void write_times(JsonWriter& json, const Services& services) {
  auto lists = services.metrics.samples("marquee_request_seconds");
  std::erase_if(lists, [](const telemetry::Sample& sample) {
    const auto route = sample.labels.find("route");
    return route == sample.labels.end() || route->second != "/api/recommendations";
  });
  write_quantiles(json, "list_time_ms", lists);
  const auto freshness = services.metrics.samples("marquee_freshness_seconds");
  json.key("avg_freshness_ms");
  if (freshness.empty() || freshness.front().count == 0) {
    json.null();
  } else {
    json.value(1e3 * freshness.front().value / static_cast<double>(freshness.front().count));
  }
  write_quantiles(json, "freshness_ms", freshness);
}

void write_quantiles(JsonWriter& json, std::string_view name,
                     const std::optional<Operations::Freshness::Quantiles>& times) {
  json.key(name);
  if (!times) {
    json.null();
    return;
  }
  json.begin_object().member("p50", times->p50).member("p99", times->p99).end_object();
}

void write_canary(JsonWriter& json, const std::optional<Operations::Freshness>& canary) {
  json.key("canary");
  if (!canary) {
    json.null();
    return;
  }
  json.begin_object();
  write_quantiles(json, "acknowledged_ms", canary->acknowledged_ms);
  write_quantiles(json, "visible_ms", canary->visible_ms);
  json.member("measured", canary->measured).member("failed", canary->failed);
  json.member("failed_in_a_row", canary->failed_in_a_row);
  json.key("last_success");
  canary->last_success_ms ? json.value(format_rfc3339(*canary->last_success_ms)) : json.null();
  json.end_object();
}

std::optional<double> model_age_s(const Services& services) {
  const auto created_ms = services.operations.model_created_ms();
  if (!created_ms) return std::nullopt;
  return static_cast<double>(services.clock.wall_ms() - *created_ms) / 1e3;
}

http::Response counters(const Services& services) {
  const auto clicks = services.shown.click_through();
  if (!clicks.ok()) return http::problem(clicks.error());
  const std::uint64_t hits = counter(services, "marquee_cache_hits_total");
  const std::uint64_t misses = counter(services, "marquee_cache_misses_total");
  const double lookups = static_cast<double>(hits + misses);
  const auto generation = services.recommendations.generation();
  JsonWriter json;
  json.begin_object().member("total_requests", services.totals.count());
  json.member("cache_hit_rate", lookups == 0 ? 0.0 : static_cast<double>(hits) / lookups);
  json.member("avg_response_time_ms", services.totals.average_ms());
  json.member("ctr", clicks->ctr()).member("lists", clicks->lists);
  json.member("shown", clicks->shown).member("clicks", clicks->clicked);
  json.member("cache_lookups", hits + misses);
  write_events(json, services);
  write_sources(json, services);
  write_times(json, services);
  write_canary(json, services.operations.canary());
  json.key("model_version");
  generation ? json.value(generation->model->version().value()) : json.null();
  json.key("model_age_s");
  const auto age_s = model_age_s(services);
  age_s ? json.value(*age_s) : json.null();
  json.member("dataset", services.operations.dataset());
  json.member("movies", std::uint64_t{services.recommendations.catalog()->size});
  http::Response response;
  response.body = json.end_object().take();
  return response;
}

/// Without a model there is no age to tell.
void refresh_model_age(const Services& services) {
  const auto age_s = model_age_s(services);
  if (!age_s) return;
  services.metrics.gauge("marquee_model_age_seconds", "Since the model in service was trained")
      .set(*age_s);
}

/// Brings the metrics of everything bounded up to date. One at a time: two would count twice.
void refresh_queues(const Services& services, std::mutex& one_at_a_time) {
  if (!services.queues) return;
  const std::lock_guard lock(one_at_a_time);
  for (const auto& [name, state] : services.queues()) {
    const telemetry::Labels labels{{"queue", name}};
    services.metrics.gauge("marquee_queue_depth", "How full what is bounded is", labels)
        .set(static_cast<double>(state.depth));
    services.metrics.gauge("marquee_queue_limit", "How full it may be", labels)
        .set(static_cast<double>(state.limit));
    auto& refused = services.metrics.counter("marquee_queue_refused_total",
                                             "What found it full and was turned away", labels);
    refused.add(static_cast<double>(state.refused) - refused.value());
  }
}

/// What /api/health says, for who watches numbers.
void refresh_dependencies(const Services& services) {
  const auto health = services.operations.health();
  const auto show = [&](const char* name, const DependencyHealth& dependency) {
    services.metrics
        .gauge("marquee_dependency_up", "1 while /api/health says ok of it, else 0",
               {{"dependency", name}})
        .set(dependency.status == "ok" ? 1 : 0);
  };
  show("events", health.events);
  show("state", health.state);
  show("cache", health.cache);
  show("objects", health.objects);
  show("model", health.model);
  if (health.retrieval) show("retrieval", *health.retrieval);
}

}  // namespace

void register_metrics_routes(http::Router& router, const Services& services) {
  add_route(router, services, http::Method::kGet, "/api/metrics",
            [&services](const http::Request& request, http::Reply reply) {
              if (auto refused = QueryParameters(request, {}).problem()) {
                return reply(*std::move(refused));
              }
              reply_from(services.readers, std::move(reply),
                         [&services] { return counters(services); });
            });
  add_route(router, services, http::Method::kGet, "/metrics",
            [&services, one_at_a_time = std::make_shared<std::mutex>()](
                const http::Request& request, const http::Reply& reply) {
              if (auto refused = QueryParameters(request, {}).problem()) {
                return reply(*std::move(refused));
              }
              http::Response response;
              response.content_type = telemetry::Metrics::kExpositionType;
              refresh_model_age(services);
              refresh_dependencies(services);
              refresh_queues(services, *one_at_a_time);
              response.body = services.metrics.exposition();
              reply(std::move(response));
            });
}

}  // namespace marquee::api
