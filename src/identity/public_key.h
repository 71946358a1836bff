#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::identity {

/// A key that signatures are checked with. What kind of key it is decides the algorithm; a message
/// has no say in it.
struct PublicKey {
  enum class Kind {
    kEd25519,  ///< EdDSA
    kP256,     ///< ES256
    kRsa,      ///< RS256
  };
  Kind kind = Kind::kEd25519;
  std::string first;   ///< the point (32 bytes), x (32 bytes), or the modulus
  std::string second;  ///< nothing, y (32 bytes), or the exponent
};

/// Its name in RFC 7518 and 8037: "EdDSA", "ES256", "RS256".
std::string_view algorithm_of(PublicKey::Kind kind);

/// True for what is such a key: of the right length, a point of its curve, RSA of 2048 to 8192
/// bits.
bool is_usable(const PublicKey& key);

/// True when `signature` is the key's over `message`. False for every signature of another form.
bool verify_signature(const PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace marquee::identity
