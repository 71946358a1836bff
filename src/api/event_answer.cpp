#include "api/event_answer.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace marquee::api {
namespace {

using Outcome = ingest::Ingestor::Outcome;

std::string_view status_text(AppendStatus status) {
  return status == AppendStatus::kAccepted ? "accepted" : "duplicate";
}

/// Why an event was refused; none for one that stands in the log.
std::optional<http::Response> problem_of(const Outcome& outcome) {
  if (!outcome.errors.empty()) {
    std::vector<http::FieldError> errors;
    for (const auto& error : outcome.errors) errors.push_back({"/" + error.field, error.detail});
    return http::problem(422, fmt::format("{}: {}", errors.front().pointer, errors.front().detail),
                         errors);
  }
  if (!outcome.receipt.ok()) return http::problem(outcome.receipt.error());
  if (outcome.receipt->status != AppendStatus::kConflict) return std::nullopt;
  return http::problem(
      409,
      fmt::format("event {} was recorded before with other fields at {}",
                  outcome.receipt->event_id.to_string(), outcome.receipt->offset.to_string()),
      {{"/event_id", "names another event of this viewer"}});
}

void write_result(JsonWriter& json, const Outcome& outcome) {
  if (const auto problem = problem_of(outcome)) {
    json.raw(problem->body);
    return;
  }
  const ingest::Receipt& receipt = *outcome.receipt;
  json.begin_object().member("status", status_text(receipt.status));
  json.member("event_id", receipt.event_id.to_string());
  json.member("offset", receipt.offset.to_string()).end_object();
}

}  // namespace

http::Response answer_to_event(const Outcome& outcome) {
  if (auto problem = problem_of(outcome)) return *std::move(problem);
  const ingest::Receipt& receipt = *outcome.receipt;
  const bool accepted = receipt.status == AppendStatus::kAccepted;
  JsonWriter json;
  json.begin_object().member("status", status_text(receipt.status));
  json.member("message", accepted ? "Event queued for processing" : "Event was recorded before");
  json.member("event_id", receipt.event_id.to_string());
  json.member("offset", receipt.offset.to_string());
  json.member("durability", receipt.durability == Durability::kPower ? "power" : "process");
  http::Response response;
  response.status = accepted ? 202 : 200;
  response.body = json.end_object().take();
  return response;
}

http::Response answer_to_events(const std::vector<std::optional<http::Response>>& refused,
                                const std::vector<Outcome>& outcomes) {
  const auto failed = std::find_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
    return outcome.errors.empty() && !outcome.receipt.ok();
  });
  if (failed != outcomes.end()) return http::problem(failed->receipt.error());
  JsonWriter json;
  json.begin_object().key("results").begin_array();
  auto outcome = outcomes.begin();
  for (const auto& problem : refused) {
    if (problem) {
      json.raw(problem->body);
    } else {
      write_result(json, *outcome++);
    }
  }
  http::Response response;
  response.status = 207;
  response.body = json.end_array().end_object().take();
  return response;
}

}  // namespace marquee::api
