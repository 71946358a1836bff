#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/event_answer.h"
#include "api/json_objects.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "api/trace_context.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "identity/authorize.h"

namespace marquee::api {
namespace {

constexpr std::size_t kEventsMax = 1'000;  // of one request; as many as the log appends at once

ingest::EventDraft read_draft(JsonObject& body, const std::string& trace) {
  ingest::EventDraft draft;
  draft.traceparent = trace;
  draft.user_id = body.text("user_id");
  draft.movie_id = body.text("movie_id");
  draft.event_type = body.text("event_type");
  draft.value = body.number("value");
  draft.event_id = body.text("event_id");
  draft.session_id = body.text("session_id");
  draft.list_id = body.text("list_id");
  draft.position = body.number("position");
  draft.timestamp = body.text("timestamp");
  draft.undoes = body.text("undoes");
  return draft;
}

/// What keeps a draft out before its fields are looked at: JSON of the wrong form, another's
/// viewer.
std::optional<http::Response> refusal(const identity::Caller& caller, const JsonObject& body,
                                      const ingest::EventDraft& draft) {
  if (auto refused = body.problem()) return refused;
  const auto allowed = identity::permit_viewer(caller, draft.user_id.value_or(""));
  if (!allowed.ok()) return http::problem(allowed.error());
  return std::nullopt;
}

/// One event: the way of every click, without a detour through vectors.
void post_event(const Services& services, const identity::Caller& caller, JsonObject& body,
                const std::string& trace, http::Reply reply) {
  const ingest::EventDraft draft = read_draft(body, trace);
  if (auto refused = refusal(caller, body, draft)) {
    services.ingestor.count_rejected();
    return reply(*std::move(refused));
  }
  services.ingestor.accept(
      draft, [reply = std::move(reply)](const auto& outcome) { reply(answer_to_event(outcome)); });
}

void post_together(const Services& services, const identity::Caller& caller,
                   std::vector<JsonObject>& events, const std::string& trace, http::Reply reply) {
  std::vector<std::optional<http::Response>> refused;
  std::vector<ingest::EventDraft> drafts;
  for (JsonObject& event : events) {
    ingest::EventDraft draft = read_draft(event, trace);
    refused.push_back(refusal(caller, event, draft));
    if (refused.back()) {
      services.ingestor.count_rejected();
    } else {
      drafts.push_back(std::move(draft));
    }
  }
  services.ingestor.accept_all(
      drafts, [refused = std::move(refused), reply = std::move(reply)](const auto& outcomes) {
        reply(answer_to_events(refused, outcomes));
      });
}

void post_events(const Services& services, const identity::Caller& caller,
                 const http::Request& request, http::Reply reply) {
  if (auto refused = QueryParameters(request, {}).problem()) {
    services.ingestor.count_rejected();
    return reply(*std::move(refused));
  }
  JsonObjects body = read_json_objects(request,
                                       {"user_id", "movie_id", "event_type", "value", "event_id",
                                        "session_id", "list_id", "position", "timestamp", "undoes"},
                                       kEventsMax);
  if (body.refused) {
    services.ingestor.count_rejected();  // once: how many events it was to be is not known
    return reply(*std::move(body.refused));
  }
  const std::string trace = traceparent_of(request);
  if (body.many) return post_together(services, caller, body.objects, trace, std::move(reply));
  post_event(services, caller, body.objects.front(), trace, std::move(reply));
}

std::string_view status_text(EventReceipt::Status status) {
  switch (status) {
    case EventReceipt::Status::kApplied:
      return "applied";
    case EventReceipt::Status::kDuplicate:
      return "duplicate";
    case EventReceipt::Status::kConflict:
      return "conflict";
    case EventReceipt::Status::kDeadLettered:
      return "dead_lettered";
  }
  return "applied";
}

constexpr std::size_t kPendingReadMax = 1'000;

http::Response receipt_response(const EventId& id, std::string_view status,
                                const std::optional<Offset>& offset, std::int64_t accepted_at_ms,
                                std::optional<std::int64_t> applied_at_ms) {
  JsonWriter json;
  json.begin_object().member("event_id", id.to_string()).member("status", status);
  json.key("offset");
  offset ? json.value(offset->to_string()) : json.null();
  json.member("accepted_at", format_rfc3339(accepted_at_ms));
  if (applied_at_ms) json.member("applied_at", format_rfc3339(*applied_at_ms));
  http::Response response;
  response.body = json.end_object().take();
  return response;
}

/// The event among those that are logged and not yet applied: from `applied` on.
http::Response pending_receipt(EventLog& log, Cursor applied, const UserId& user,
                               const EventId& id) {
  for (;;) {
    auto pending = log.read(applied, kPendingReadMax, std::chrono::milliseconds(0));
    if (!pending.ok()) return http::problem(pending.error());
    if (pending->records.empty()) break;
    for (const LogRecord& record : pending->records) {
      if (record.event.event_id != id || record.event.user_id != user) continue;
      return receipt_response(id, "logged", record.offset, record.event.accepted_at_ms,
                              std::nullopt);
    }
    applied = std::move(pending->next);
  }
  return http::problem(
      404, fmt::format("there is no event {} of viewer {}", id.to_string(), user.value()));
}

http::Response receipt_of(const Services& services, const UserId& user, const EventId& id) {
  // Before the store is asked: an event that is applied meanwhile is then still found in the log.
  Cursor applied = services.state.applied();
  const auto receipt = services.profiles.receipt(user, id);
  if (!receipt.ok()) return http::problem(receipt.error());
  if (!receipt->has_value()) return pending_receipt(services.log, std::move(applied), user, id);
  const EventReceipt& found = **receipt;
  return receipt_response(id, status_text(found.status), found.offset, found.accepted_at_ms,
                          found.applied_at_ms);
}

void get_receipt(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters parameters(request, {"user_id"});
  const UserId user = parameters.required_viewer("user_id");
  const auto id = EventId::parse(request.path_parameter("event_id"));
  if (!id) parameters.wrong("event_id", "want a UUID");
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply),
             [&services, user, id = *id] { return receipt_of(services, user, id); });
}

}  // namespace

void register_event_routes(http::Router& router, const Services& services) {
  add_route(
      router, services, http::Method::kPost, "/api/events",
      [&services](const identity::Caller& caller, const http::Request& request, http::Reply reply) {
        post_events(services, caller, request, std::move(reply));
      });
  add_route(router, services, http::Method::kGet, "/api/events/{event_id}", get_receipt);
}

}  // namespace marquee::api
