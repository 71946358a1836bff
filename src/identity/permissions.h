#pragma once

#include <span>
#include <string_view>

#include "identity/role.h"

namespace marquee::identity {

/// Where a request says which viewer it is about. A viewer's own credential is compared with it.
enum class NamesViewer {
  kNowhere,
  kInQuery,  ///< user_id
  kInPath,   ///< /api/users/{id}
  kInBody,   ///< user_id of each event
};

/// One row of the permission table: a route as http::Router knows it, and who may call it.
struct Permission {
  std::string_view method;
  std::string_view pattern;
  RoleSet roles;
  NamesViewer viewer = NamesViewer::kNowhere;

  /// True for what operators change: it goes into the audit log.
  bool is_audited() const { return method != "GET" && !roles.has(Role::kViewer); }
};

/// Every route of the service. The check of each request, the OpenAPI document's x-roles and
/// security, docs/security.md and the matrix test all stand on it.
std::span<const Permission> permissions();

/// The row of a route; null when the table lacks it, which callers must take as "nobody".
const Permission* find_permission(std::string_view method, std::string_view pattern);

}  // namespace marquee::identity
