#pragma once

#include "app/settings.h"
#include "base/result.h"
#include "gateway/gateway.h"

namespace marquee::app {

/// The gateway that the settings ask for. `behind_another`: processes of the platform profile stand
/// behind NGINX, which counts. kInvalidArgument names the setting that is wrong.
Result<gateway::GatewayOptions> gateway_options(const Settings& settings, bool behind_another);

}  // namespace marquee::app
