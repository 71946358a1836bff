#include "gateway/public_path.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace marquee::gateway {

PathKind kind_of(std::string_view path) {
  std::array<std::string_view, 4> segments;  // the first of them; the rest is only counted
  std::size_t depth = 0;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (depth == 0) return PathKind::kOutside;
      --depth;
      continue;
    }
    if (depth < segments.size()) segments[depth] = segment;
    ++depth;
  }
  if (depth == 1 && segments[0] == "metrics") return PathKind::kOperators;
  if (depth == 0 || segments[0] != "api") return PathKind::kOther;
  if (depth > 1 && segments[1].starts_with("admin")) return PathKind::kOperators;
  const bool stream = depth == 4 && segments[1] == "users" && segments[3] == "stream";
  return stream ? PathKind::kStream : PathKind::kApi;
}

}  // namespace marquee::gateway
