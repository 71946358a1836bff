#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/options.h"
#include "base/result.h"

namespace marquee::postgres {

/// An advisory lock on a connection of its own: it ends with this, with the process, or with the
/// connection, which nobody notices while it is not asked for anything. So it keeps apart who would
/// only get in one another's way.
class PostgresSessionLock {
 public:
  /// The lock that goes by the name of `table`; none while another session has it.
  static Result<std::optional<PostgresSessionLock>> try_acquire(const PostgresOptions& options,
                                                                const std::string& table);

 private:
  explicit PostgresSessionLock(std::unique_ptr<PostgresConnection> connection)
      : connection_(std::move(connection)) {}

  std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace marquee::postgres
