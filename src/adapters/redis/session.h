#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/connection.h"
#include "adapters/redis/redis_address.h"
#include "adapters/redis/scripts.h"
#include "base/clock.h"
#include "base/result.h"

namespace marquee::redis {

/// A word for the contents of a cache from now on, which begins with the run of the server that
/// will hold them.
std::string new_epoch(std::string_view run_id, const Clock& clock);

/// The value of `name` in an answer to INFO; empty when it is not there.
std::string_view info_field(std::string_view info, std::string_view name);

/// A connection that is logged in, speaks to a primary, and knows which run of the server that is.
///
/// A Redis that was restarted may have come back with lists whose bumps it has lost (with
/// appendfsync everysec, those of the last second), and a replica that takes over may have missed
/// some. Both have another run id. So the epoch begins with the run id, and whoever connects first
/// replaces an epoch of another run, before anybody reads a list. One thread at a time.
class Session {
 public:
  /// kFailedPrecondition when it is a replica or does not let us in; else as Connection::open.
  static Result<Session> open(const RedisAddress& address, const Keys& keys, const Clock& clock,
                              SteadyTime deadline);

  const std::string& run_id() const { return run_id_; }
  /// The epoch in force when this session began.
  const std::string& epoch() const { return epoch_; }

  /// As Connection::exchange.
  Result<std::vector<Reply>> exchange(std::span<const Command> commands, SteadyTime deadline) {
    return connection_.exchange(commands, deadline);
  }
  /// As Connection::send and Connection::receive_until.
  Result<void> send(std::span<const Command> commands, SteadyTime deadline) {
    return connection_.send(commands, deadline);
  }
  Result<std::optional<Reply>> receive_until(SteadyTime until) {
    return connection_.receive_until(until);
  }
  /// Runs `script` once for each of `calls` (number of keys, keys, arguments), all sent at once. By
  /// its digest, and those for which Redis does not know the digest any more once again by its
  /// text.
  Result<std::vector<Reply>> run(std::string_view script, const std::vector<Command>& calls,
                                 SteadyTime deadline);

 private:
  explicit Session(Connection connection) : connection_(std::move(connection)) {}

  Result<void> come_in(const RedisAddress& address, SteadyTime deadline);
  Result<void> log_in(const RedisAddress& address, SteadyTime deadline);
  Result<void> identify(SteadyTime deadline);
  Result<void> load_scripts(SteadyTime deadline);
  Result<void> settle_epoch(const Keys& keys, const Clock& clock, SteadyTime deadline);
  std::string_view digest_of(std::string_view script) const;

  Connection connection_;
  std::string run_id_;
  std::string epoch_;
  std::string fill_digest_;
  std::string bump_digest_;
};

}  // namespace marquee::redis
