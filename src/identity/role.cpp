#include "identity/role.h"

namespace marquee::identity {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kAnonymous:
      return "anonymous";
    case Role::kGuest:
      return "guest";
    case Role::kViewer:
      return "viewer-client";
    case Role::kService:
      return "service";
    case Role::kAnalyst:
      return "analyst";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      return "admin";
  }
  return "anonymous";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : kRoles) {
    if (role > Role::kGuest && to_string(role) == text) return role;
  }
  return std::nullopt;
}

}  // namespace marquee::identity
