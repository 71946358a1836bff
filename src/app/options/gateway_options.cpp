#include "app/options/gateway_options.h"

#include <fmt/format.h>

namespace marquee::app {
namespace {

bool listens_on_loopback(const std::string& host) {
  const auto address = gateway::parse_ip_address(host);
  return host == "localhost" || (address && address->is_loopback());
}

Result<bool> is_public(const Settings& settings, bool behind_another) {
  const std::string& said = settings.gateway_public;
  if (said == "yes" || said == "no") return said == "yes";
  if (said == "auto") return !behind_another && !listens_on_loopback(settings.server_host);
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("gateway.public is '{}', want yes, no or auto", said)};
}

/// `value` of the setting `key`.
template <typename T>
Result<T> named(Result<T> value, std::string_view key) {
  if (!value.ok()) return value.error().with_context(key);
  return value;
}

}  // namespace

Result<gateway::GatewayOptions> gateway_options(const Settings& settings, bool behind_another) {
  gateway::GatewayOptions options;
  MARQUEE_TRY(options.is_public, is_public(settings, behind_another));
  options.requests_per_min = settings.gateway_requests_per_min;
  options.connections_per_client =
      static_cast<std::size_t>(settings.gateway_connections_per_client);
  MARQUEE_TRY(
      options.trusted_proxies,
      named(gateway::parse_networks(settings.gateway_trusted_proxies), "gateway.trusted_proxies"));
  MARQUEE_TRY(
      options.operator_networks,
      named(gateway::parse_networks(settings.gateway_operators_from), "gateway.operators_from"));
  MARQUEE_TRY(options.cors, named(gateway::CorsPolicy::parse(settings.gateway_cors_origins),
                                  "gateway.cors_origins"));
  return options;
}

Result<std::unique_ptr<http::Tls>> tls_of(const Settings& settings) {
  const bool plain = settings.gateway_tls_certificate == "none";
  if (plain != (settings.gateway_tls_key == "none")) {
    return Error{
        ErrorCode::kInvalidArgument,
        "gateway.tls_certificate and gateway.tls_key go together; name both files or none"};
  }
  if (plain) return std::unique_ptr<http::Tls>();
  return http::Tls::load(settings.gateway_tls_certificate, settings.gateway_tls_key);
}

}  // namespace marquee::app
