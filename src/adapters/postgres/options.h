#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/circuit_breaker.h"
#include "base/result.h"

namespace marquee::postgres {

/// Where a database is and how long its answers may take.
struct PostgresOptions {
  using Milliseconds = std::chrono::milliseconds;

  /// libpq's keywords (host, port, dbname, user, password, sslmode, …) and their values.
  std::vector<std::pair<std::string, std::string>> connection;
  std::string schema = "public";  ///< where the tables are; [a-z_][a-z0-9_]*, at most 40

  std::size_t pool_size = 16;            ///< connections at most
  Milliseconds pool_wait{5};             ///< for one of them to become free
  Milliseconds connect_timeout{2'000};   ///< until a new one is ready
  Milliseconds read_timeout{30};         ///< one read on a request's way
  Milliseconds write_timeout{5'000};     ///< each statement of a step of the fold and the like
  Milliseconds load_timeout{60'000};     ///< each piece of what is read or copied whole
  Milliseconds bulk_timeout{1'800'000};  ///< imports, generations, index builds, migrations

  /// Each silent read holds up a thread that serves lists; to be wrong costs them L3 for 100 ms.
  CircuitBreaker::Options breaker{.failures_to_open = 2};

  /// postgresql://[user[:password]]@host[:port]/database[?name=value&…] with libpq's parameters and
  /// schema, pool_size, pool_wait_ms, connect_timeout_ms, read_timeout_ms, write_timeout_ms.
  /// kInvalidArgument for anything else; the message does not repeat the URI, which may hold a
  /// password.
  static Result<PostgresOptions> parse(std::string_view uri);

  /// "postgresql://user@host:port/database", for logs and messages; never with the password.
  std::string to_string() const;
};

}  // namespace marquee::postgres
