#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

#include "adapters/redis/redis_address.h"
#include "adapters/redis/tls_client.h"
#include "base/result.h"

namespace marquee::redis {

using SteadyTime = std::chrono::steady_clock::time_point;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// The text of a string or status reply; empty for every other.
std::string_view text_of(const redisReply& reply);
/// kUnavailable with what Redis said, for an error reply.
Result<void> check_reply(const redisReply& reply);

using Command = std::vector<std::string_view>;

/// One connection, RESP2. A deadline covers the whole exchange, whatever crumbs the other side
/// sends (a socket's own time-out would start again with each). After an error it is of no use any
/// more: an answer that comes late would be taken for the answer to the next question. Deadlines
/// are of std::chrono::steady_clock, since poll(2) waits by it. One thread at a time.
class Connection {
 public:
  /// kUnavailable or kDeadlineExceeded; under TLS also kFailedPrecondition. Looks the host's name
  /// up, which the system may take its time for; an address avoids that.
  static Result<Connection> open(const RedisAddress& address, SteadyTime deadline);

  /// Sends all commands at once and reads as many replies. An error reply is a reply.
  /// kDeadlineExceeded, kUnavailable (connection lost) or kDataLoss (not RESP).
  Result<std::vector<Reply>> exchange(std::span<const Command> commands, SteadyTime deadline);

  /// The two halves, for a connection on which the server speaks unasked.
  Result<void> send(std::span<const Command> commands, SteadyTime deadline);
  /// Nothing when nothing came in time; then the connection is as good as before.
  Result<std::optional<Reply>> receive_until(SteadyTime until);

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  using Context = std::unique_ptr<redisContext, FreeContext>;
  explicit Connection(Context context) : context_(std::move(context)) {}

  Result<void> begin_tls(const RedisAddress& address, SteadyTime deadline);
  Result<void> flush(SteadyTime deadline);
  Result<void> flush_tls(SteadyTime deadline);
  /// Waits until there is something to read, and hands it to hiredis.
  Result<void> read_more(SteadyTime deadline);
  Result<void> read_more_tls(SteadyTime deadline);
  Result<Reply> receive(SteadyTime deadline);
  Result<void> wait_for(short events, SteadyTime deadline);
  Error failure() const;

  Context context_;
  std::optional<TlsStream> tls_;
};

}  // namespace marquee::redis
