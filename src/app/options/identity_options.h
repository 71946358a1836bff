#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "identity/jwt_verifier.h"
#include "settings/settings.h"

namespace marquee::app {

// Values of identity.viewing: who may view without a credential.
constexpr std::string_view kViewingLoopback = "loopback";  ///< whoever is on this machine
constexpr std::string_view kViewingToken = "token";        ///< nobody
constexpr std::string_view kViewingAnyone = "anyone";      ///< whoever reaches the port

/// True for "localhost", ::1 and 127.0.0.0/8.
bool is_loopback(std::string_view host);

/// Whether viewing is open on server.host. kInvalidArgument when that is another machine's way in
/// and identity.viewing does not say who may come, and for what is no value.
Result<bool> viewing_is_open_at(const Settings& settings);

/// What tokens must say; none without identity.jwks_file or _url. kInvalidArgument for keys without
/// issuer or audience, the other way round, and for an address that none is fetched from.
Result<std::optional<identity::JwtVerifier::Options>> jwt_options(const Settings& settings);

}  // namespace marquee::app
