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
  pool_->returned_.notify_all();  // one may take its place, and who waited for it need not
}

Result<SessionPool::Loan> SessionPool::borrow(SteadyTime deadline,
                                              const std::function<void()>& on_wanted) {
  std::unique_lock lock(mutex_);
  if (idle_.empty()) {
    missed_ = true;
    const bool waits = waiting_ < lent();
    waiting_ += waits ? 1 : 0;
    lock.unlock();
    on_wanted();
    lock.lock();
    if (waits) {
      returned_.wait_until(lock, deadline, [this] { return !idle_.empty() || waiting_ > lent(); });
      --waiting_;
    }
  }
  if (!idle_.empty()) return take_idle();
  return Error{ErrorCode::kResourceExhausted, "no connection to Redis was free"};
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
    ++opening_;
    age = age_;
  }
  MARQUEE_TRY(auto session, open_in_place(deadline));
  return Loan(*this, std::move(session), age);
}

Result<void> SessionPool::open_one(SteadyTime deadline) {
  std::uint64_t age = 0;
  {
    const std::lock_guard lock(mutex_);
    missed_ = false;
    if (in_use_ + idle_.size() >= limit_) return {};
    ++in_use_;
    ++opening_;
    age = age_;
  }
  MARQUEE_TRY(auto session, open_in_place(deadline));
  give_back(std::move(session), age);
  return {};
}

Result<std::unique_ptr<Session>> SessionPool::open_in_place(SteadyTime deadline) {
  auto opened = open_(deadline);
  const std::lock_guard lock(mutex_);
  --opening_;
  if (opened.ok()) return std::make_unique<Session>(std::move(opened).value());
  --in_use_;
  returned_.notify_all();
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
  if (age == age_) idle_.push_back(std::move(session));  // else closed as it leaves here
  returned_.notify_all();
}

bool SessionPool::wants_more() const {
  const std::lock_guard lock(mutex_);
  return missed_ && idle_.empty() && in_use_ + idle_.size() < limit_;
}

std::size_t SessionPool::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

std::size_t SessionPool::open() const {
  const std::lock_guard lock(mutex_);
  return lent() + idle_.size();
}

}  // namespace marquee::redis
