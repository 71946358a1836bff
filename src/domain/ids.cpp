#include "domain/ids.h"

#include <algorithm>

namespace marquee {

bool is_valid_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '@' || c == '-';
  };
  return !text.empty() && text.size() <= kIdLengthMax &&
         std::all_of(text.begin(), text.end(), allowed);
}

bool is_reserved(const UserId& viewer) { return viewer.value().starts_with(kReservedPrefix); }

}  // namespace marquee
