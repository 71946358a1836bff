#include "app/options/roles.h"

#include <algorithm>

#include <fmt/format.h>

namespace marquee::app {
namespace {

bool* role_of(Roles& roles, std::string_view name) {
  if (name == "api") return &roles.api;
  if (name == "speed") return &roles.speed;
  if (name == "scheduler") return &roles.scheduler;
  return nullptr;
}

}  // namespace

Result<Roles> parse_roles(std::string_view text) {
  Roles roles;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view name = text.substr(0, comma);
    bool* const role = role_of(roles, name);
    if (role == nullptr) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("server.roles: there is no role '{}'; want some of api, speed, "
                               "scheduler",
                               name)};
    }
    if (*role) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("server.roles: '{}' stands more than once", name)};
    }
    *role = true;
    if (comma == text.size()) break;
    text.remove_prefix(comma + 1);
  }
  return roles;
}

Result<void> check_alone(const Roles& roles) {
  if (roles.api && roles.speed) return {};
  return Error{ErrorCode::kInvalidArgument,
               "server.roles: on a directory api and speed run in one process; want both, with or "
               "without scheduler"};
}

}  // namespace marquee::app
