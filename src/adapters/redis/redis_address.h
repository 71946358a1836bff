#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/redis/tls_client.h"
#include "base/result.h"
#include "base/service_uri.h"

namespace marquee::redis {

/// Where a Redis is and how to come in: redis://[user][:password]@host[:port][/database], or
/// rediss:// for TLS with the parameters ca_file, cert_file and key_file.
struct RedisAddress {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;  ///< empty: Redis' default user
  std::optional<std::string> password;
  int database = 0;
  std::shared_ptr<const TlsClient> tls;  ///< none: without TLS
  std::string shown;                     ///< for messages, without the password

  /// kInvalidArgument that names the part. Reads the files of TLS.
  static Result<RedisAddress> from(const ServiceUri& uri);
};

}  // namespace marquee::redis
