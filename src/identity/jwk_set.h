#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "identity/public_key.h"

namespace marquee::identity {

/// The issuer's keys by their `kid`.
using JwkSet = std::map<std::string, PublicKey, std::less<>>;

/// Reads a JSON Web Key set (RFC 7517). Left out are keys without a name, for encryption, of
/// another algorithm than their kind has here, too short, off their curve, and secret ones (`oct`):
/// a token is never checked with a key that could also make one. kInvalidArgument when no key is
/// left, or when two have one name.
Result<JwkSet> parse_jwk_set(std::string_view json);

}  // namespace marquee::identity
