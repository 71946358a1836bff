#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "gateway/cors.h"
#include "gateway/ip_address.h"
#include "http/filter.h"

namespace marquee::gateway {

class AccessLog;

struct GatewayOptions {
  /// Strangers reach the listener: limits hold, and what operators ask is not there for them.
  bool is_public = false;
  std::int64_t requests_per_min = 100;      ///< of one client on /api/, when public; 0: any number
  std::size_t connections_per_client = 64;  ///< when public; 0: any number
  std::vector<Network> trusted_proxies;     ///< whose X-Forwarded-For is believed
  std::vector<Network> operator_networks;   ///< from where /metrics and /api/admin are there
  CorsPolicy cors;
};

/// The embedded gateway: what deploy/nginx promises, as the filter of the program's own server.
/// For the API: the rate limit with RateLimit headers, CORS; for every request: who asks, an id,
/// Strict-Transport-Security under TLS, a line of log. `log` may be null; both outlive the gateway.
std::unique_ptr<http::Filter> make_gateway(GatewayOptions options, const Clock& clock,
                                           AccessLog* log);

}  // namespace marquee::gateway
