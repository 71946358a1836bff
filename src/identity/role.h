#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace marquee::identity {

/// What a caller may do; each includes the one before.
enum class Role { kViewer, kOperator };

/// One row of the permission table: a route as http::Router knows it.
struct Permission {
  std::string_view method;
  std::string_view pattern;
  Role role;
};

/// Every route of the service.
std::span<const Permission> permissions();

/// The role that `method` on `pattern` wants; none when the table lacks the route, which callers
/// must take as "nobody".
std::optional<Role> required_role(std::string_view method, std::string_view pattern);

}  // namespace marquee::identity
