#include "adapters/redis/redis_address.h"

#include <charconv>

namespace marquee::redis {

Result<RedisAddress> RedisAddress::from(const ServiceUri& uri) {
  const auto refuse = [&](const std::string& what) {
    return Error{
        ErrorCode::kInvalidArgument,
        uri.to_string() + ": " + what + " (redis://[user][:password]@host[:port][/database])"};
  };
  if (uri.scheme == "rediss")
    return refuse("TLS to Redis is not supported; use a tunnel or redis://");
  if (uri.scheme != "redis") return refuse("is not the address of a Redis");
  MARQUEE_CHECK(uri.check_parameters({}));
  RedisAddress address;
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
