#pragma once

#include <optional>
#include <string>

#include "domain/ids.h"
#include "identity/role.h"

namespace marquee::identity {

/// Who a request comes from, as its credential says.
struct Caller {
  Role role = Role::kAnonymous;
  std::string name;              ///< for the audit log: "operator.token", "key:…", "jwt:…"
  std::optional<UserId> viewer;  ///< of a viewer's credential: the one viewer it is for
};

}  // namespace marquee::identity
