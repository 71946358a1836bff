#include "identity/authorize.h"

#include <fmt/format.h>

namespace marquee::identity {

Result<void> permit(const Caller& caller, const Permission* permission) {
  if (permission == nullptr) {
    return Error{ErrorCode::kPermissionDenied, "nobody is allowed to do this"};
  }
  if (permission->roles.has(caller.role)) return {};
  if (caller.role <= Role::kGuest) {
    return Error{ErrorCode::kUnauthenticated,
                 "this needs a credential: send 'Authorization: Bearer' and a key, or a token"};
  }
  return Error{ErrorCode::kPermissionDenied,
               fmt::format("the role {} may not do this: docs/security.md says which may",
                           to_string(caller.role))};
}

Result<void> permit_viewer(const Caller& caller, std::string_view viewer) {
  if (caller.role != Role::kViewer) return {};
  if (caller.viewer && caller.viewer->value() == viewer) return {};
  return Error{ErrorCode::kPermissionDenied, "this credential is for another viewer"};
}

}  // namespace marquee::identity
