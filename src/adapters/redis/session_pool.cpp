#include "adapters/redis/session_pool.h"

namespace marquee::redis {

SessionPool::Loan::~Loan() {
  if (session_) pool_->give_back(std::move(session_), age_);
}

void SessionPool::Loan::drop() {
  if (!session_) return;
  session_.reset();
  std::vector<std::unique_ptr<Session>> closed;  // outside of the lock
  const std::lock_guard lock(pool_->mutex_);
  if (age_ == pool_->age_) {
    ++pool_->age_;
    closed.swap(pool_->idle_);
  }
  --pool_->in_use_;
}

Result<SessionPool::Loan> SessionPool::borrow(SteadyTime deadline,
                                              const std::function<void()>& on_wanted) {
  std::unique_lock lock(mutex_);
  if (idle_.empty()) {
    ++waiting_;
    lock.unlock();
    on_wanted();
    lock.lock();
    returned_.wait_until(lock, deadline, [this] { return !idle_.empty(); });
    --waiting_;
  }
  if (!idle_.empty()) return take_idle();
  return Error{ErrorCode::kResourceExhausted, "no connection to Redis was free in time"};
}

Result<SessionPool::Loan> SessionPool::borrow_or_open(SteadyTime deadline) {
  std::uint64_t age = 0;
  {
    std::unique_lock lock(mutex_);
    const auto has_place = [this] { return !idle_.empty() || in_use_ < limit_; };
    if (!returned_.wait_until(lock, deadline, has_place)) {
      return Error{ErrorCode::kResourceExhausted, "every connection to Redis was in use"};
    }
    if (!idle_.empty()) return take_idle();
    ++in_use_;  // its place is taken while it is opened
    age = age_;
  }
  auto opened = open_(deadline);
  if (opened.ok()) {
    return Loan(*this, std::make_unique<Session>(std::move(opened).value()), age);
  }
  const std::lock_guard lock(mutex_);
  --in_use_;
  return std::move(opened).error();
}

Result<void> SessionPool::open_one(SteadyTime deadline) {
  std::uint64_t age = 0;
  {
    const std::lock_guard lock(mutex_);
    if (in_use_ + idle_.size() >= limit_) return {};
    ++in_use_;
    age = age_;
  }
  auto opened = open_(deadline);
  if (opened.ok()) {
    give_back(std::make_unique<Session>(std::move(opened).value()), age);
    return {};
  }
  const std::lock_guard lock(mutex_);
  --in_use_;
  return std::move(opened).error();
}

SessionPool::Loan SessionPool::take_idle() {
  auto session = std::move(idle_.back());
  idle_.pop_back();
  ++in_use_;
  return Loan(*this, std::move(session), age_);
}

void SessionPool::give_back(std::unique_ptr<Session> session, std::uint64_t age) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  if (age != age_) return;  // closed as it leaves here
  idle_.push_back(std::move(session));
  returned_.notify_one();
}

bool SessionPool::wants_more() const {
  const std::lock_guard lock(mutex_);
  return waiting_ > idle_.size() && in_use_ + idle_.size() < limit_;
}

std::size_t SessionPool::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

}  // namespace marquee::redis
