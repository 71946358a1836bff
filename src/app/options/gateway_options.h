#pragma once

#include <memory>

#include "base/result.h"
#include "gateway/gateway.h"
#include "http/tls.h"
#include "settings/settings.h"

namespace marquee::app {

/// The gateway that the settings ask for. `behind_another`: processes of the platform profile stand
/// behind NGINX, which counts. kInvalidArgument names the setting that is wrong.
Result<gateway::GatewayOptions> gateway_options(const Settings& settings, bool behind_another);

/// The certificate that the settings name; null for plain connections. kInvalidArgument when only
/// one of both files is named or they cannot be used.
Result<std::unique_ptr<http::Tls>> tls_of(const Settings& settings);

}  // namespace marquee::app
