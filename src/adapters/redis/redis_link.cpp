#include "adapters/redis/redis_link.h"

#include <utility>

namespace marquee::redis {
namespace {

/// Somebody put another kind of value under one key: that key's problem, not the server's.
bool is_about_one_key(std::string_view text) {
  return text.find("WRONGTYPE") != std::string_view::npos;
}

/// The first reply by which Redis says that it cannot serve as a cache now.
Result<void> find_refusal(const RedisLink::Replies& replies) {
  for (const Reply& reply : replies) {
    if (reply->type == REDIS_REPLY_ERROR && !is_about_one_key({reply->str, reply->len})) {
      return check_reply(*reply);
    }
  }
  return {};
}

}  // namespace

RedisLink::RedisLink(RedisAddress address, Keys keys, const Clock& clock, const Options& options)
    : address_(std::move(address)),
      keys_(std::move(keys)),
      clock_(clock),
      breaker_(clock, options.breaker),
      epoch_(clock, options.slow_fill_max),
      pool_(options.connections_max, [this](SteadyTime deadline) { return open(deadline); }) {}

Result<Session> RedisLink::open(SteadyTime deadline) {
  const KnownEpoch::Text before = epoch_.get();
  MARQUEE_TRY(Session session, Session::open(address_, keys_, clock_, deadline));
  epoch_.saw(before, session.epoch());
  return session;
}

Result<RedisLink::Replies> RedisLink::ask(CircuitBreaker::Permit& permit, SteadyTime deadline,
                                          const Question& question) {
  return ask_on(pool_.borrow(deadline, wake_), permit, question);
}

Result<RedisLink::Replies> RedisLink::ask_patiently(CircuitBreaker::Permit& permit,
                                                    SteadyTime deadline, const Question& question) {
  return ask_on(pool_.borrow_or_open(deadline), permit, question);
}

Result<void> RedisLink::open_session(CircuitBreaker::Permit& permit, SteadyTime deadline) {
  auto opened = pool_.open_one(deadline);
  if (opened.ok()) return opened;
  count(opened.error());
  permit.refused();
  return opened;
}

Result<RedisLink::Replies> RedisLink::ask_on(Result<SessionPool::Loan> loan,
                                             CircuitBreaker::Permit& permit,
                                             const Question& question) {
  if (!loan.ok()) {
    count(loan.error());
    // That all are in use says nothing of Redis yet; that none can be opened says it all.
    if (loan.error().code != ErrorCode::kResourceExhausted) permit.refused();
    return std::move(loan).error();
  }
  auto replies = question(**loan);
  if (!replies.ok()) {
    loan->drop();
    count(replies.error());
    permit.failed();
    return replies;
  }
  if (auto refusal = find_refusal(*replies); !refusal.ok()) {
    loan->drop();  // the next may lead to another server, by the same name
    count(refusal.error());
    permit.refused();
    return std::move(refusal).error();
  }
  return replies;
}

void RedisLink::count(const Error& error) {
  if (error.code == ErrorCode::kResourceExhausted) {
    ++unconnected_;  // which says nothing of Redis: why there is none is known already
    return;
  }
  ++(error.code == ErrorCode::kDeadlineExceeded ? timeouts_ : failures_);
  const std::lock_guard lock(mutex_);
  last_failure_ = error.message;
}

Result<void> RedisLink::health() const {
  if (breaker_.state() == CircuitBreaker::State::kClosed) return {};
  const std::lock_guard lock(mutex_);
  return Error{ErrorCode::kUnavailable,
               address_.shown + ": " + last_failure_ +
                   "; lists are computed each time until Redis takes reads and writes again"};
}

}  // namespace marquee::redis
