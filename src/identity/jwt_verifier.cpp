#include "identity/jwt_verifier.h"

#include <algorithm>
#include <array>
#include <utility>

#include "identity/jwt_json.h"

namespace marquee::identity {
namespace {

/// Clocks of issuer and server may differ by so much; an expired token gets nothing of it.
constexpr double kSkewSeconds = 60;

struct Parts {
  std::string_view signed_text;
  JwtObject header;
  JwtObject claims;
  std::string signature;
};

std::optional<Parts> parts_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto header = decode_base64url(token.substr(0, first));
  const auto claims = decode_base64url(token.substr(first + 1, second - first - 1));
  auto signature = decode_base64url(token.substr(second + 1));  // a third dot is no base64
  if (!header || !claims || !signature) return std::nullopt;
  auto header_object = read_jwt_object(*header);
  auto claims_object = read_jwt_object(*claims);
  if (!header_object || !claims_object) return std::nullopt;
  return Parts{token.substr(0, second), *std::move(header_object), *std::move(claims_object),
               *std::move(signature)};
}

/// Nothing in the header but what is understood: no key of its own, no critical extension.
bool is_plain(const JwtObject& header) {
  constexpr std::array<std::string_view, 3> kKnown{"alg", "kid", "typ"};
  const bool known = std::ranges::all_of(header, [&](const auto& member) {
    return std::ranges::find(kKnown, member.first) != kKnown.end();
  });
  if (!known || !header.contains("typ")) return known;
  const auto type = text_member(header, "typ");
  return type == "JWT" || type == "jwt" || type == "at+jwt";
}

std::optional<double> number_member(const JwtObject& claims, std::string_view name) {
  const auto member = claims.find(name);
  if (member == claims.end()) return std::nullopt;
  const auto* number = std::get_if<double>(&member->second);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

/// A time that may be missing, and must be past when it is there.
bool is_past(const JwtObject& claims, std::string_view name, double now_s) {
  if (!claims.contains(name)) return true;
  const auto time = number_member(claims, name);
  return time && *time <= now_s + kSkewSeconds;
}

bool is_for(const JwtObject& claims, const std::string& audience) {
  const auto member = claims.find("aud");
  if (member == claims.end()) return false;
  if (const auto* one = std::get_if<std::string>(&member->second)) return *one == audience;
  const auto* many = std::get_if<std::vector<std::string>>(&member->second);
  return many != nullptr && std::ranges::find(*many, audience) != many->end();
}

bool is_printable(std::string_view text) {
  return !text.empty() && text.size() <= kIdLengthMax &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::optional<Caller> caller_of(const JwtObject& claims, const std::string& role_claim) {
  const auto subject = text_member(claims, "sub");
  const auto claimed = text_member(claims, role_claim);
  if (!subject || !is_printable(*subject)) return std::nullopt;
  if (!claimed && claims.contains(role_claim)) return std::nullopt;
  const auto role = claimed ? parse_role(*claimed) : Role::kViewer;
  if (!role) return std::nullopt;
  Caller caller{*role, "jwt:" + *subject, std::nullopt};
  if (*role != Role::kViewer) return caller;
  if (!is_valid_id(*subject) || is_reserved(UserId(*subject))) return std::nullopt;
  caller.viewer = UserId(*subject);
  return caller;
}

}  // namespace

JwtVerifier::JwtVerifier(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), keys_(std::make_shared<const JwkSet>()) {}

void JwtVerifier::set_keys(JwkSet keys) {
  auto next = std::make_shared<const JwkSet>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_ = std::move(next);
}

std::shared_ptr<const JwkSet> JwtVerifier::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::optional<Caller> JwtVerifier::verify(std::string_view token) const {
  if (token.size() > kTokenBytesMax) return std::nullopt;
  const auto parts = parts_of(token);
  if (!parts || !is_plain(parts->header)) return std::nullopt;
  const auto keys = this->keys();
  const auto key = keys->find(text_member(parts->header, "kid").value_or(""));
  if (key == keys->end()) {
    ++unknown_keys_;
    return std::nullopt;
  }
  if (text_member(parts->header, "alg") != algorithm_of(key->second.kind)) return std::nullopt;
  if (!verify_signature(key->second, parts->signed_text, parts->signature)) return std::nullopt;
  const JwtObject& claims = parts->claims;
  const double now_s = static_cast<double>(clock_.wall_ms()) / 1'000;
  const auto expires_s = number_member(claims, "exp");
  if (!expires_s || now_s >= *expires_s) return std::nullopt;
  if (!is_past(claims, "nbf", now_s) || !is_past(claims, "iat", now_s)) return std::nullopt;
  if (text_member(claims, "iss") != options_.issuer) return std::nullopt;
  if (!is_for(claims, options_.audience)) return std::nullopt;
  return caller_of(claims, options_.role_claim);
}

}  // namespace marquee::identity
