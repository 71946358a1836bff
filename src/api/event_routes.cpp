#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "api/authorized.h"
#include "api/json_object.h"
#include "api/query_parameters.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

ingest::EventDraft read_draft(JsonObject& body) {
  ingest::EventDraft draft;
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

std::string receipt_json(const ingest::Receipt& receipt) {
  const bool accepted = receipt.status == AppendStatus::kAccepted;
  JsonWriter json;
  json.begin_object().member("status", accepted ? "accepted" : "duplicate");
  json.member("message", accepted ? "Event queued for processing" : "Event was recorded before");
  json.member("event_id", receipt.event_id.to_string());
  json.member("offset", receipt.offset.to_string());
  json.member("durability", receipt.durability == Durability::kPower ? "power" : "process");
  return json.end_object().take();
}

http::Response answer(const ingest::Ingestor::Outcome& outcome) {
  if (!outcome.errors.empty()) {
    std::vector<http::FieldError> errors;
    for (const auto& error : outcome.errors) errors.push_back({"/" + error.field, error.detail});
    return http::problem(422, fmt::format("{}: {}", errors.front().pointer, errors.front().detail),
                         errors);
  }
  if (!outcome.receipt.ok()) return http::problem(outcome.receipt.error());
  http::Response response;
  switch (outcome.receipt->status) {
    case AppendStatus::kAccepted:
      response.status = 202;
      break;
    case AppendStatus::kDuplicate:
      response.status = 200;
      break;
    case AppendStatus::kConflict:
      return http::problem(
          409,
          fmt::format("event {} was recorded before with other fields at {}",
                      outcome.receipt->event_id.to_string(), outcome.receipt->offset.to_string()),
          {{"/event_id", "names another event of this viewer"}});
  }
  response.body = receipt_json(*outcome.receipt);
  return response;
}

void post_event(const Services& services, const http::Request& request, http::Reply reply) {
  JsonObject body(request, {"user_id", "movie_id", "event_type", "value", "event_id", "session_id",
                            "list_id", "position", "timestamp", "undoes"});
  const ingest::EventDraft draft = read_draft(body);
  if (auto refused = body.problem()) {
    services.ingestor.count_rejected();
    return reply(*std::move(refused));
  }
  services.ingestor.accept(
      draft, [reply = std::move(reply)](const auto& outcome) { reply(answer(outcome)); });
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

constexpr std::size_t kPendingEventsMax = 10'000;

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

/// The event among those that are logged and not yet applied; as a rule there are few.
http::Response pending_receipt(const Services& services, const UserId& user, const EventId& id) {
  const auto pending =
      services.log.read(services.state.applied(), kPendingEventsMax, std::chrono::milliseconds(0));
  if (!pending.ok()) return http::problem(pending.error());
  for (const LogRecord& record : pending->records) {
    if (record.event.event_id != id || record.event.user_id != user) continue;
    return receipt_response(id, "logged", record.offset, record.event.accepted_at_ms, std::nullopt);
  }
  return http::problem(
      404, fmt::format("there is no event {} of viewer {}", id.to_string(), user.value()));
}

http::Response receipt_of(const Services& services, const UserId& user, const EventId& id) {
  const auto receipt = services.profiles.receipt(user, id);
  if (!receipt.ok()) return http::problem(receipt.error());
  if (!receipt->has_value()) return pending_receipt(services, user, id);
  const EventReceipt& found = **receipt;
  return receipt_response(id, status_text(found.status), found.offset, found.accepted_at_ms,
                          found.applied_at_ms);
}

void get_receipt(const Services& services, const http::Request& request, http::Reply reply) {
  QueryParameters parameters(request, {"user_id"});
  const UserId user(parameters.required_id("user_id"));
  const auto id = EventId::parse(request.path_parameter("event_id"));
  if (!id) parameters.wrong("event_id", "want a UUID");
  if (auto refused = parameters.problem()) return reply(*std::move(refused));
  reply_from(services.readers, std::move(reply),
             [&services, user, id = *id] { return receipt_of(services, user, id); });
}

}  // namespace

void register_event_routes(http::Router& router, const Services& services) {
  add_route(router, services, http::Method::kPost, "/api/events",
            [&services](const http::Request& request, http::Reply reply) {
              post_event(services, request, std::move(reply));
            });
  add_route(router, services, http::Method::kGet, "/api/events/{event_id}",
            [&services](const http::Request& request, http::Reply reply) {
              get_receipt(services, request, std::move(reply));
            });
}

}  // namespace marquee::api
