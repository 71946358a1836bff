#include "adapters/kafka/event_message.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "domain/event_fingerprint.h"
#include "formats/event_json.h"

namespace marquee::kafka {
namespace {

bool is_valid_value(const Event& event) {
  if (!event.value) return event.type != EventType::kRating;
  if (event.type == EventType::kRating) {
    return *event.value >= kRatingMin && *event.value <= kRatingMax;
  }
  return event.type == EventType::kView && *event.value >= 0 && *event.value <= kViewMax;
}

/// The rules that the door holds events to (src/ingest/validate.h) and other writers may not have
/// met; those that compare with the time of day are only the door's. Empty when all are kept.
std::string_view broken_rule(const Event& event) {
  if (!is_valid_id(event.user_id.value())) return "user_id is not an id";
  if (!is_valid_id(event.movie_id.value())) return "movie_id is not an id";
  if (!event.event_id.is_v7()) return "event_id is not a UUID of version 7";
  if (event.session_id && !is_valid_id(event.session_id->value())) return "session_id is not an id";
  if (event.list_id && !is_valid_id(event.list_id->value())) return "list_id is not an id";
  if (!is_valid_value(event)) return "value is not one of its event_type";
  if (event.position && (*event.position < 1 || *event.position > kPositionMax)) {
    return "position is out of range";
  }
  if (event.type == EventType::kUndo && !event.undoes) return "an undo names no event";
  return {};
}

std::optional<std::uint64_t> parse_fingerprint(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != 16) {
    return std::nullopt;
  }
  return value;
}

/// Sets what is wrong, or the event and its fingerprint.
void read_event(const StoredMessage& message, LogRecord& record) {
  if (const auto bytes = std::max(message.value.size(), message.value_bytes);
      bytes > kValueBytesMax) {
    record.poison = fmt::format("a message of {} bytes is no event", bytes);
    return;
  }
  auto event = formats::parse_event_json(message.value);
  if (!event.ok()) {
    record.poison = event.error().message;
    return;
  }
  record.event = *std::move(event);
  record.fingerprint = fingerprint_of(record.event);
  if (const auto broken = broken_rule(record.event); !broken.empty()) {
    record.poison = broken;
  } else if (message.key != record.event.user_id.value()) {
    // Another partition than the viewer's other events have: their order would be anybody's.
    record.poison = message.key.empty() ? "the message has no key" : "the key is not the user_id";
  } else if (message.fingerprint) {
    const auto given = parse_fingerprint(*message.fingerprint);
    if (given) record.fingerprint = *given;
    if (!given) record.poison = "the header 'fingerprint' is not 16 hex digits";
  }
}

}  // namespace

std::string fingerprint_text(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

LogRecord decode_message(const StoredMessage& message) {
  LogRecord record;
  record.offset = message.offset;
  read_event(message, record);
  // The key says whose it was meant to be, where the value does not.
  if (record.event.user_id.value().empty() && is_valid_id(message.key)) {
    record.event.user_id = UserId(std::string(message.key));
  }
  return record;
}

}  // namespace marquee::kafka
