#include "adapters/postgres/storable_text.h"

#include <algorithm>

#include "base/json_writer.h"

namespace marquee::postgres {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The length of the well-formed character that `text` begins with; 0 when there is none.
std::size_t character_length(std::string_view text) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t length = 1; length <= std::min(kLongest, text.size()); ++length) {
    if (is_valid_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

}  // namespace

std::string storable(std::string_view text, std::size_t bytes_max) {
  const bool fits = text.size() <= bytes_max && text.find('\0') == std::string_view::npos;
  if (fits && is_valid_utf8(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const bool replaced = length == 0 || text.front() == '\0';
    const std::string_view character = replaced ? kReplacement : text.substr(0, length);
    if (out.size() + character.size() > bytes_max) break;
    out += character;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace marquee::postgres
