#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "identity/operator_token.h"
#include "identity/role.h"

namespace marquee::identity {

/// The caller's role by its Authorization header: none is a viewer, "Bearer <operator token>" an
/// operator. kUnauthenticated for everything else; the message never repeats the credential.
Result<Role> authorize(std::optional<std::string_view> authorization, const OperatorToken& token);

/// Ok when `have` may do what `want` may; kUnauthenticated for a viewer where an operator is wanted
/// (a credential would help), kPermissionDenied when nobody may.
Result<void> permit(Role have, std::optional<Role> want);

}  // namespace marquee::identity
