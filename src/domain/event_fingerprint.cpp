#include "domain/event_fingerprint.h"

#include <string_view>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/time_text.h"

namespace marquee {
namespace {

/// Appends name and text with the text's length, so that no two sets of fields render alike.
void render(std::string& out, std::string_view name, const std::optional<std::string>& text) {
  if (text) out += fmt::format("{}={}:{};", name, text->size(), *text);
}

void render(std::string& out, std::string_view name, std::optional<double> number) {
  // adding 0 turns -0 into 0, which JSON readers do not tell apart either
  if (number) render(out, name, fmt::format("{}", *number + 0.0));
}

}  // namespace

std::uint64_t fingerprint_of(const SentFields& sent) {
  std::string canonical;
  render(canonical, "movie_id", sent.movie_id);
  render(canonical, "event_type", sent.event_type);
  render(canonical, "value", sent.value);
  render(canonical, "session_id", sent.session_id);
  render(canonical, "list_id", sent.list_id);
  render(canonical, "position", sent.position);
  render(canonical, "timestamp", sent.timestamp);
  render(canonical, "undoes", sent.undoes);
  return stable_hash(canonical);
}

std::uint64_t fingerprint_of(const Event& event) {
  SentFields sent;
  sent.movie_id = event.movie_id.value();
  sent.event_type = to_string(event.type);
  sent.value = event.value;
  if (event.session_id) sent.session_id = event.session_id->value();
  if (event.list_id) sent.list_id = event.list_id->value();
  if (event.position) sent.position = *event.position;
  sent.timestamp = format_rfc3339(event.ts_ms);
  if (event.undoes) sent.undoes = event.undoes->to_string();
  return fingerprint_of(sent);
}

}  // namespace marquee
