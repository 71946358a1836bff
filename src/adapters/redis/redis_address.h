#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/service_uri.h"

namespace marquee::redis {

/// Where a Redis is and how to come in: redis://[user][:password]@host[:port][/database].
struct RedisAddress {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;  ///< empty: Redis' default user
  std::optional<std::string> password;
  int database = 0;
  std::string shown;  ///< for messages, without the password

  /// kInvalidArgument that names the part.
  static Result<RedisAddress> from(const ServiceUri& uri);
};

}  // namespace marquee::redis
