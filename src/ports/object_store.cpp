#include "ports/object_store.h"

#include <algorithm>

namespace marquee {
namespace {

bool has_segment_characters(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '=' || c == '-';
  };
  return std::all_of(text.begin(), text.end(), allowed);
}

bool is_segment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." && has_segment_characters(segment);
}

}  // namespace

Result<void> check_object_key(std::string_view key) {
  std::string_view rest = key;
  for (;;) {
    const std::size_t slash = rest.find('/');
    if (!is_segment(rest.substr(0, slash))) {
      return Error{ErrorCode::kInvalidArgument, "'" + std::string(key) + "' is no object key"};
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<void> check_object_prefix(std::string_view prefix) {
  const std::size_t slash = prefix.rfind('/');
  if (slash != std::string_view::npos) MARQUEE_CHECK(check_object_key(prefix.substr(0, slash)));
  const std::string_view start =
      slash == std::string_view::npos ? prefix : prefix.substr(slash + 1);
  if (has_segment_characters(start)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "no object key can start with '" + std::string(prefix) + "'"};
}

}  // namespace marquee
