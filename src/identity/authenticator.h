#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "identity/caller.h"
#include "identity/jwt_verifier.h"
#include "identity/key_ring.h"
#include "identity/operator_token.h"

namespace marquee::identity {

/// Turns an Authorization header into a caller. It decides from memory: no store, no file is asked.
/// Thread-safe.
class Authenticator {
 public:
  struct Sources {
    const OperatorToken& token;
    const KeyRing& keys;
    const JwtVerifier* tokens = nullptr;  ///< null: no issuer is configured
  };
  /// `viewing_is_open`: whoever shows no credential may do what viewers may. What `sources` names
  /// must outlive this.
  Authenticator(Sources sources, bool viewing_is_open)
      : sources_(sources), without_(viewing_is_open ? Role::kGuest : Role::kAnonymous) {}

  /// Without a header a guest, or anonymous. kUnauthenticated for every header that holds no valid
  /// credential, whatever is asked for; the message never repeats it.
  Result<Caller> identify(std::optional<std::string_view> authorization) const;

 private:
  const Sources sources_;
  const Role without_;
};

}  // namespace marquee::identity
