#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace marquee::gateway {

/// The entries of a setting that is a list: divided by commas or spaces; "none" is the empty one.
inline std::vector<std::string_view> text_list(std::string_view text) {
  std::vector<std::string_view> entries;
  if (text == "none") return entries;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", "), text.size());
    if (end > 0) entries.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return entries;
}

}  // namespace marquee::gateway
