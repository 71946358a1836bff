#pragma once

#include <string_view>

namespace marquee::gateway {

enum class PathKind {
  kOutside,    ///< leads out of the root
  kOperators,  ///< /metrics and whatever begins with /api/admin
  kStream,     ///< a viewer's server-sent events
  kApi,
  kOther,  ///< pages, documents, health
};

/// What a percent-decoded path leads to, with empty segments and dots resolved (RFC 3986 §5.2.4):
/// "/api//x/../admin" is /api/admin, whether or not a router behind would see it so.
PathKind kind_of(std::string_view path);

}  // namespace marquee::gateway
