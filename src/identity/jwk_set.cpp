#include "identity/jwk_set.h"

#include <optional>

#include <fmt/format.h>

#include "identity/jwt_json.h"

namespace marquee::identity {
namespace {

std::optional<std::string> bytes_member(const JwtObject& jwk, std::string_view name) {
  const auto text = text_member(jwk, name);
  return text ? decode_base64url(*text) : std::nullopt;
}

std::optional<PublicKey> key_of(PublicKey::Kind kind, std::optional<std::string> first,
                                std::optional<std::string> second) {
  if (!first || !second) return std::nullopt;
  return PublicKey{kind, *std::move(first), *std::move(second)};
}

std::optional<PublicKey> key_of(const JwtObject& jwk) {
  const std::string kind = text_member(jwk, "kty").value_or("");
  const std::string curve = text_member(jwk, "crv").value_or("");
  if (kind == "OKP" && curve == "Ed25519") {
    return key_of(PublicKey::Kind::kEd25519, bytes_member(jwk, "x"), "");
  }
  if (kind == "EC" && curve == "P-256") {
    return key_of(PublicKey::Kind::kP256, bytes_member(jwk, "x"), bytes_member(jwk, "y"));
  }
  if (kind == "RSA") {
    return key_of(PublicKey::Kind::kRsa, bytes_member(jwk, "n"), bytes_member(jwk, "e"));
  }
  return std::nullopt;
}

/// True when what the key says of itself lets it check signatures.
bool is_for_signatures(const JwtObject& jwk, const PublicKey& key) {
  const bool use = !jwk.contains("use") || text_member(jwk, "use") == "sig";
  const bool algorithm = !jwk.contains("alg") || text_member(jwk, "alg") == algorithm_of(key.kind);
  return use && algorithm;
}

}  // namespace

Result<JwkSet> parse_jwk_set(std::string_view json) {
  const auto jwks = read_jwk_set(json);
  if (!jwks) return Error{ErrorCode::kInvalidArgument, "is no JSON Web Key set"};
  JwkSet set;
  for (const JwtObject& jwk : *jwks) {
    const std::string name = text_member(jwk, "kid").value_or("");
    auto key = key_of(jwk);
    if (name.empty() || !key || !is_for_signatures(jwk, *key) || !is_usable(*key)) continue;
    if (set.emplace(name, *std::move(key)).second) continue;
    return Error{ErrorCode::kInvalidArgument, fmt::format("has two keys of kid '{}'", name)};
  }
  if (!set.empty()) return set;
  return Error{ErrorCode::kInvalidArgument,
               "holds no key with a kid for EdDSA (Ed25519), ES256 (P-256) or RS256 (RSA, 2048 "
               "bits and more)"};
}

}  // namespace marquee::identity
