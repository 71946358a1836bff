#include "formats/event_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"

namespace marquee::formats {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::int64_t kVersion = 1;

void append_text(std::string& out, std::string_view member, std::string_view text) {
  out += member;
  if (is_valid_id(text)) {  // the usual case: nothing to escape
    out += '"';
    out += text;
    out += '"';
  } else {
    out += json_quote(text);
  }
}

template <typename Number>
void append_number(std::string& out, std::string_view member, Number number) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out += member;
  out.append(buffer.data(), end);
}

Error not_an_event(std::string_view why) {
  return Error{ErrorCode::kDataLoss, fmt::format("stored event: {}", why)};
}

/// Which of the members that every event has were met.
struct Required {
  bool version = false, event_id = false, user_id = false, movie_id = false, type = false;
  bool ts = false, accepted_at = false;
  bool all() const {
    return version && event_id && user_id && movie_id && type && ts && accepted_at;
  }
};

bool read_text(ondemand::value& json, std::string& out) {
  std::string_view text;
  if (json.get_string().get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}

bool read_uuid(ondemand::value& json, EventId& out) {
  std::string_view text;
  if (json.get_string().get(text) != simdjson::SUCCESS) return false;
  const auto id = Uuid::parse(text);
  if (id) out = *id;
  return id.has_value();
}

bool read_int(ondemand::value& json, std::int64_t& out) {
  return json.get_int64().get(out) == simdjson::SUCCESS;
}

template <typename Id>
bool read_id(ondemand::value& json, Id& out) {
  std::string text;
  if (!read_text(json, text)) return false;
  out = Id(std::move(text));
  return true;
}

bool read_type(ondemand::value& json, EventType& out) {
  std::string_view text;
  if (json.get_string().get(text) != simdjson::SUCCESS) return false;
  const auto type = parse_event_type(text);
  if (type) out = *type;
  return type.has_value();
}

bool read_position(ondemand::value& json, std::optional<std::int32_t>& out) {
  std::int64_t number = 0;
  if (!read_int(json, number) || number < std::numeric_limits<std::int32_t>::min() ||
      number > std::numeric_limits<std::int32_t>::max()) {
    return false;
  }
  out = static_cast<std::int32_t>(number);
  return true;
}

bool read_version(ondemand::value& json) {
  std::int64_t version = 0;
  return read_int(json, version) && version >= 1 && version <= kVersion;
}

/// Reads one member into `event`; false when its value is not of the member's type.
bool read_member(std::string_view name, ondemand::value& json, Event& event, Required& met) {
  if (name == "v") return met.version = read_version(json);
  if (name == "event_id") return met.event_id = read_uuid(json, event.event_id);
  if (name == "user_id") return met.user_id = read_id(json, event.user_id);
  if (name == "movie_id") return met.movie_id = read_id(json, event.movie_id);
  if (name == "event_type") return met.type = read_type(json, event.type);
  if (name == "value") return json.get_double().get(event.value.emplace()) == simdjson::SUCCESS;
  if (name == "session_id") return read_id(json, event.session_id.emplace());
  if (name == "list_id") return read_id(json, event.list_id.emplace());
  if (name == "position") return read_position(json, event.position);
  if (name == "undoes") return read_uuid(json, event.undoes.emplace());
  if (name == "ts") return met.ts = read_int(json, event.ts_ms);
  if (name == "accepted_at") return met.accepted_at = read_int(json, event.accepted_at_ms);
  ondemand::json_type ignored;
  return json.type().get(ignored) == simdjson::SUCCESS;
}

/// simdjson reads past the end of its input; this keeps a padded copy a thread.
std::string_view padded(std::string_view json) {
  thread_local std::vector<char> buffer;
  const std::size_t wanted = json.size() + simdjson::SIMDJSON_PADDING;
  if (buffer.size() < wanted) buffer.resize(2 * wanted);
  std::copy(json.begin(), json.end(), buffer.begin());  // of nothing, too
  std::memset(buffer.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
  return {buffer.data(), json.size()};
}

}  // namespace

void append_event_json(std::string& out, const Event& event) {
  out += R"({"v":1,"event_id":")";
  out += event.event_id.to_string();
  append_text(out, R"(","user_id":)", event.user_id.value());
  append_text(out, R"(,"movie_id":)", event.movie_id.value());
  append_text(out, R"(,"event_type":)", to_string(event.type));
  if (event.value && std::isfinite(*event.value)) append_number(out, R"(,"value":)", *event.value);
  if (event.session_id) append_text(out, R"(,"session_id":)", event.session_id->value());
  if (event.list_id) append_text(out, R"(,"list_id":)", event.list_id->value());
  if (event.position) append_number(out, R"(,"position":)", *event.position);
  if (event.undoes) append_text(out, R"(,"undoes":)", event.undoes->to_string());
  append_number(out, R"(,"ts":)", event.ts_ms);
  append_number(out, R"(,"accepted_at":)", event.accepted_at_ms);
  out += '}';
}

Result<Event> parse_event_json(std::string_view json) {
  thread_local ondemand::parser parser;
  const std::string_view text = padded(json);
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(text, text.size() + simdjson::SIMDJSON_PADDING).get(document) !=
          simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return not_an_event("no JSON object");
  }
  Event event;
  Required met;
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
        field.value().get(value) != simdjson::SUCCESS) {
      return not_an_event("broken JSON");
    }
    if (!read_member(name, value, event, met)) {
      return not_an_event(fmt::format("member {} is not what this version reads",
                                      json_quote(name.substr(0, kIdLengthMax))));
    }
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return not_an_event("more text after the object");
  }
  if (!met.all()) return not_an_event("a required member is missing");
  return event;
}

}  // namespace marquee::formats
