#pragma once

#include <string_view>

#include "base/result.h"
#include "identity/caller.h"
#include "identity/permissions.h"

namespace marquee::identity {

/// Ok when the table lets the caller do this. kUnauthenticated without a credential where one would
/// help; kPermissionDenied for a role that may not, and for everybody when `permission` is null.
Result<void> permit(const Caller& caller, const Permission* permission);

/// kPermissionDenied when the caller's credential is for another viewer than `viewer`. The answer
/// is the same whether there is such a viewer or not.
Result<void> permit_viewer(const Caller& caller, std::string_view viewer);

}  // namespace marquee::identity
