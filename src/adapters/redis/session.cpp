#include "adapters/redis/session.h"

#include "base/uuid.h"

namespace marquee::redis {
namespace {

bool is_unknown_digest(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ERROR &&
         std::string_view(reply.str, reply.len).starts_with("NOSCRIPT");
}

}  // namespace

std::string_view info_field(std::string_view info, std::string_view name) {
  // Lines "name:value\r\n" below headings "# Section".
  const std::string start = "\n" + std::string(name) + ":";
  const std::size_t at = info.find(start);
  if (at == std::string_view::npos) return {};
  const std::string_view value = info.substr(at + start.size());
  return value.substr(0, value.find('\r'));
}

std::string new_epoch(std::string_view run_id, const Clock& clock) {
  return std::string(run_id) + "." + Uuid::v7(clock.wall_ms()).to_string();
}

Result<Session> Session::open(const RedisAddress& address, const Keys& keys, const Clock& clock,
                              SteadyTime deadline) {
  MARQUEE_TRY(auto connection, Connection::open(address, deadline));
  Session session(std::move(connection));
  MARQUEE_CHECK(session.come_in(address, deadline));
  MARQUEE_CHECK(session.load_scripts(deadline));
  MARQUEE_CHECK(session.settle_epoch(keys, clock, deadline));
  return session;
}

/// A server that wants TLS hangs up on whoever begins without it.
Result<void> Session::come_in(const RedisAddress& address, SteadyTime deadline) {
  Result<void> in = log_in(address, deadline);
  if (in.ok()) in = identify(deadline);
  if (in.ok() || address.tls != nullptr || in.error().code != ErrorCode::kUnavailable) return in;
  Error error = in.error();
  if (!error.message.starts_with("Redis says")) {
    error.message += "; if it wants TLS, the setting cache begins with rediss://";
  }
  return error;
}

Result<void> Session::log_in(const RedisAddress& address, SteadyTime deadline) {
  std::vector<Command> commands;
  const std::string database = std::to_string(address.database);
  if (address.password) {
    Command auth{"AUTH"};
    if (!address.user.empty()) auth.emplace_back(address.user);
    auth.emplace_back(*address.password);
    commands.push_back(auth);
  }
  if (address.database != 0) commands.push_back({"SELECT", database});
  if (commands.empty()) return {};
  MARQUEE_TRY(const auto replies, connection_.exchange(commands, deadline));
  for (const Reply& reply : replies) {
    if (const auto refused = check_reply(*reply); !refused.ok()) {
      return Error{
          ErrorCode::kFailedPrecondition,
          refused.error().message + "; check user, password and database of the setting cache"};
    }
  }
  return {};
}

Result<void> Session::identify(SteadyTime deadline) {
  // Two, since only Redis 7 takes several sections at once.
  const std::vector<Command> commands{{"INFO", "server"}, {"INFO", "replication"}};
  MARQUEE_TRY(const auto replies, connection_.exchange(commands, deadline));
  for (const Reply& reply : replies) MARQUEE_CHECK(check_reply(*reply));
  run_id_ = info_field(text_of(*replies[0]), "run_id");
  if (run_id_.empty()) return Error{ErrorCode::kDataLoss, "the answer to INFO names no run_id"};
  if (info_field(text_of(*replies[1]), "role") == "master") return {};
  return Error{ErrorCode::kFailedPrecondition,
               "this Redis is a replica, which may lag behind; name its primary"};
}

Result<void> Session::load_scripts(SteadyTime deadline) {
  const std::vector<Command> commands{{"SCRIPT", "LOAD", kFillScript},
                                      {"SCRIPT", "LOAD", kBumpScript}};
  MARQUEE_TRY(const auto replies, connection_.exchange(commands, deadline));
  for (const Reply& reply : replies) MARQUEE_CHECK(check_reply(*reply));
  fill_digest_ = text_of(*replies[0]);
  bump_digest_ = text_of(*replies[1]);
  return {};
}

Result<void> Session::settle_epoch(const Keys& keys, const Clock& clock, SteadyTime deadline) {
  const std::string fresh = new_epoch(run_id_, clock);
  const std::vector<Command> commands{{"EVAL", kEpochScript, "1", keys.epoch(), run_id_, fresh}};
  MARQUEE_TRY(const auto replies, connection_.exchange(commands, deadline));
  MARQUEE_CHECK(check_reply(*replies[0]));
  epoch_ = text_of(*replies[0]);
  if (!epoch_.starts_with(run_id_)) {
    return Error{ErrorCode::kDataLoss, "the epoch is not of this run of Redis"};
  }
  return {};
}

std::string_view Session::digest_of(std::string_view script) const {
  return script.data() == kFillScript.data() ? fill_digest_ : bump_digest_;
}

Result<std::vector<Reply>> Session::run(std::string_view script, const std::vector<Command>& calls,
                                        SteadyTime deadline) {
  const auto with_front = [&](const Command& call, std::string_view verb, std::string_view what) {
    Command command{verb, what};
    command.insert(command.end(), call.begin(), call.end());
    return command;
  };
  std::vector<Command> commands;
  commands.reserve(calls.size());
  for (const Command& call : calls) {
    commands.push_back(with_front(call, "EVALSHA", digest_of(script)));
  }
  MARQUEE_TRY(auto replies, connection_.exchange(commands, deadline));
  std::vector<std::size_t> again;
  commands.clear();
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!is_unknown_digest(*replies[i])) continue;
    commands.push_back(with_front(calls[i], "EVAL", script));
    again.push_back(i);
  }
  if (again.empty()) return replies;
  MARQUEE_TRY(auto repeated, connection_.exchange(commands, deadline));
  for (std::size_t i = 0; i < again.size(); ++i) replies[again[i]] = std::move(repeated[i]);
  return replies;
}

}  // namespace marquee::redis
