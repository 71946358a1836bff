#include "app/options/identity_options.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "http/fetch.h"

namespace marquee::app {

bool is_loopback(std::string_view host) {
  const std::string text(host);
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return text == "localhost" || text == "::1";
}

Result<bool> viewing_is_open_at(const Settings& settings) {
  const std::string& viewing = settings.identity_viewing;
  if (viewing == kViewingToken) return false;
  if (viewing == kViewingAnyone) return true;
  if (viewing != kViewingLoopback) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("identity.viewing is '{}', want {}, {} or {}", viewing,
                             kViewingLoopback, kViewingToken, kViewingAnyone)};
  }
  if (is_loopback(settings.server_host)) return true;
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format("server.host is {}, where other machines could read and write as any viewer: set "
                  "identity.viewing to {} (everybody needs a key) or to {} (whoever reaches the "
                  "port may view)",
                  settings.server_host, kViewingToken, kViewingAnyone)};
}

Result<std::optional<identity::JwtVerifier::Options>> jwt_options(const Settings& settings) {
  constexpr std::string_view kNone = "none";
  const bool file = settings.identity_jwks_file != kNone;
  const bool url = settings.identity_jwks_url != kNone;
  const bool keys = file || url;
  const bool issuer = settings.identity_jwt_issuer != kNone;
  const bool audience = settings.identity_jwt_audience != kNone;
  if (keys != issuer || keys != audience || (file && url)) {
    return Error{ErrorCode::kInvalidArgument,
                 "tokens want identity.jwks_file or identity.jwks_url, and identity.jwt_issuer and "
                 "identity.jwt_audience, or none of them"};
  }
  if (url) {
    const auto address = http::FetchAddress::parse(settings.identity_jwks_url);
    if (!address.ok()) return address.error().with_context("identity.jwks_url");
  }
  if (!keys) return std::optional<identity::JwtVerifier::Options>();
  return std::optional(identity::JwtVerifier::Options{settings.identity_jwt_issuer,
                                                      settings.identity_jwt_audience,
                                                      settings.identity_jwt_role_claim});
}

}  // namespace marquee::app
