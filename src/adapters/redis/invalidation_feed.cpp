#include "adapters/redis/invalidation_feed.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kChannel = "__redis__:invalidate";
/// How long the thread may take to notice that it shall end, or that the epoch is another.
constexpr milliseconds kSlice{50};
constexpr milliseconds kReconnectPauseMin{50};
constexpr milliseconds kReconnectPauseMax{1'000};

SteadyTime now() { return std::chrono::steady_clock::now(); }

Error not_understood(std::string_view what) {
  return Error{ErrorCode::kDataLoss, "not an answer to " + std::string(what)};
}

}  // namespace

InvalidationFeed::InvalidationFeed(RedisLink& link, NearLists& near, const Options& options)
    : link_(link),
      near_(near),
      options_(options),
      list_prefix_(link.keys().list_of(UserId(""))),
      thread_([this] { run(); }) {}

InvalidationFeed::~InvalidationFeed() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

bool InvalidationFeed::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void InvalidationFeed::run() {
  milliseconds pause = kReconnectPauseMin;
  for (;;) {
    // A Redis that is left alone is probed by others.
    if (link_.breaker().state() == CircuitBreaker::State::kClosed) {
      is_heard_ = false;
      Error ended = follow();
      near_.distrust();  // before anybody can see that it was lost
      if (is_heard_) ++losses_;
      pause = is_heard_ ? kReconnectPauseMin : std::min(pause * 2, kReconnectPauseMax);
      const std::lock_guard lock(mutex_);
      trouble_ = std::move(ended.message);
    }
    std::unique_lock lock(mutex_);
    if (stopped_.wait_for(lock, pause, [this] { return stopping_; })) return;
  }
}

Error InvalidationFeed::follow() {
  auto session = link_.open(now() + options_.open_budget);
  if (!session.ok()) return std::move(session).error();
  if (auto begun = subscribe(*session); !begun.ok()) return std::move(begun).error();
  for (std::uint64_t question = 1;; ++question) {
    auto heard = listen(*session, question);
    if (!heard.ok()) return std::move(heard).error();
  }
}

Result<void> InvalidationFeed::subscribe(Session& session) {
  const SteadyTime deadline = now() + options_.open_budget;
  const std::vector<Command> ask_id{{"CLIENT", "ID"}};
  MARQUEE_TRY(const auto id, session.exchange(ask_id, deadline));
  if (id[0]->type != REDIS_REPLY_INTEGER) return not_understood("CLIENT ID");
  const std::string own = std::to_string(id[0]->integer);
  const std::vector<Command> track{{"CLIENT", "TRACKING", "ON", "REDIRECT", own, "BCAST", "PREFIX",
                                    link_.keys().epoch(), "PREFIX", list_prefix_}};
  MARQUEE_TRY(const auto tracked, session.exchange(track, deadline));
  MARQUEE_CHECK(check_reply(*tracked[0]));
  // Nothing else can be asked afterwards, and what changes before it is nobody's copy yet.
  const std::vector<Command> listen{{"SUBSCRIBE", kChannel}};
  MARQUEE_TRY(const auto heard, session.exchange(listen, deadline));
  return check_reply(*heard[0]);
}

Result<void> InvalidationFeed::listen(Session& session, std::uint64_t question) {
  const auto asked = link_.clock().steady();
  const SteadyTime begun = now();
  const std::string word = std::to_string(question);
  const std::vector<Command> ping{{"PING", word}};
  MARQUEE_CHECK(session.send(ping, begun + options_.answer_max));
  for (bool is_answered = false;;) {
    const SteadyTime end = begun + (is_answered ? options_.ping_interval : options_.answer_max);
    MARQUEE_TRY(const auto reply, session.receive_until(std::min(end, now() + kSlice)));
    if (reply) {
      MARQUEE_TRY(const bool answers, hear(**reply, question));
      if (answers) {
        near_.trust(session.run_id(), asked + options_.answer_max);
        is_answered = is_heard_ = true;
      }
    }
    if (is_stopping()) return Error{ErrorCode::kUnavailable, "is ending"};
    const KnownEpoch::Text epoch = link_.epoch().get();
    if (epoch && !epoch->starts_with(session.run_id())) {
      return Error{ErrorCode::kUnavailable, "lists are read from another run of the server"};
    }
    if (now() < end) continue;
    if (is_answered) return {};
    return Error{ErrorCode::kDeadlineExceeded, "Redis has not answered a PING in time"};
  }
}

/// Of an array of texts: "message", channel, keys; or "pong", what was asked.
Result<bool> InvalidationFeed::hear(const redisReply& reply, std::uint64_t question) {
  MARQUEE_CHECK(check_reply(reply));
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements < 2) return not_understood("SUBSCRIBE");
  const std::string_view kind = text_of(*reply.element[0]);
  const std::string_view what = text_of(*reply.element[1]);
  if (kind == "pong") return what == std::to_string(question);
  if (kind != "message" || what != kChannel || reply.elements != 3) {
    return not_understood("SUBSCRIBE");
  }
  MARQUEE_CHECK(drop(*reply.element[2]));
  return false;
}

Result<void> InvalidationFeed::drop(const redisReply& keys) {
  if (keys.type == REDIS_REPLY_NIL) {  // somebody has emptied the server
    ++invalidations_;
    near_.drop_all();
    return {};
  }
  if (keys.type != REDIS_REPLY_ARRAY) return not_understood("CLIENT TRACKING");
  for (std::size_t i = 0; i < keys.elements; ++i) {
    const std::string_view key = text_of(*keys.element[i]);
    if (key.starts_with(list_prefix_)) {
      near_.drop(UserId(std::string(key.substr(list_prefix_.size()))));
    } else if (key == link_.keys().epoch()) {
      near_.drop_all();
    }
  }
  invalidations_ += keys.elements;
  return {};
}

Result<void> InvalidationFeed::health() const {
  if (near_.is_trusted(link_.clock().steady())) return {};
  const std::lock_guard lock(mutex_);
  return Error{ErrorCode::kUnavailable,
               "the connection that tells of changed lists: " + trouble_ +
                   "; every list comes from Redis itself until it works again"};
}

}  // namespace marquee::redis
