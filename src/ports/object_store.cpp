#include "ports/object_store.h"

#include <algorithm>

namespace marquee {
namespace {

bool is_segment(std::string_view segment) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '=' || c == '-';
  };
  return !segment.empty() && segment != "." && segment != ".." &&
         std::all_of(segment.begin(), segment.end(), allowed);
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

}  // namespace marquee
