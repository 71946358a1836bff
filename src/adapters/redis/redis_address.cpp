#include "adapters/redis/redis_address.h"

#include <charconv>

namespace marquee::redis {
namespace {

std::string text_of_parameter(const ServiceUri& uri, std::string_view name) {
  return std::string(uri.parameter(name).value_or(""));
}

/// None without TLS.
Result<std::shared_ptr<const TlsClient>> tls_of(const ServiceUri& uri) {
  if (uri.scheme == "redis") {
    MARQUEE_CHECK(uri.check_parameters({}));
    return std::shared_ptr<const TlsClient>();
  }
  MARQUEE_CHECK(uri.check_parameters({"ca_file", "cert_file", "key_file"}));
  return TlsClient::load({text_of_parameter(uri, "ca_file"), text_of_parameter(uri, "cert_file"),
                          text_of_parameter(uri, "key_file")});
}

}  // namespace

Result<RedisAddress> RedisAddress::from(const ServiceUri& uri) {
  const auto refuse = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument,
                 uri.to_string() + ": " + what +
                     " (redis://[user][:password]@host[:port][/database], rediss:// for TLS)"};
  };
  if (uri.scheme != "redis" && uri.scheme != "rediss") {
    return refuse("is not the address of a Redis");
  }
  RedisAddress address;
  auto tls = tls_of(uri);
  if (!tls.ok()) return tls.error().with_context(uri.to_string());
  address.tls = *std::move(tls);
  address.host = uri.host;
  address.port = uri.port.value_or(address.port);
  address.user = uri.user;
  address.password = uri.password;
  address.shown = uri.to_string();
  if (!uri.user.empty() && !uri.password) return refuse("a user needs a password");
  if (!uri.path.empty()) {
    const char* const end = uri.path.data() + uri.path.size();
    const auto [at, error] = std::from_chars(uri.path.data(), end, address.database);
    if (error != std::errc{} || at != end || address.database < 0) {
      return refuse("the database '" + uri.path + "' is not a number");
    }
  }
  return address;
}

}  // namespace marquee::redis
