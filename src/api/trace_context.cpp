#include "api/trace_context.h"

#include <algorithm>
#include <string_view>

namespace marquee::api {
namespace {

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// version-trace-parent-flags: 2, 32, 16 and 2 hexadecimal digits. A later version may have more
/// behind another dash; it is passed on as one of ours up to there.
bool is_valid(std::string_view text) {
  const bool dashed = text.size() == 55 && text[2] == '-' && text[35] == '-' && text[52] == '-';
  return dashed && is_lower_hex(text.substr(0, 2)) && text.substr(0, 2) != "ff" &&
         is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) && is_lower_hex(text.substr(53));
}

}  // namespace

std::string traceparent_of(const http::Request& request) {
  std::string_view text = request.header("traceparent").value_or("");
  const bool is_later = text.size() > 55 && text.substr(0, 2) != "00" && text[55] == '-';
  if (is_later) text = text.substr(0, 55);
  return is_valid(text) ? std::string(text) : std::string();
}

}  // namespace marquee::api
