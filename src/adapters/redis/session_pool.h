#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "adapters/redis/session.h"
#include "base/result.h"

namespace marquee::redis {

/// At most so many sessions at once, the last used first. Opening one takes several round trips and
/// may look a name up, so whoever is in a hurry only asks for it, and one thread in the background
/// does it. Thread-safe.
class SessionPool {
 public:
  using Open = std::function<Result<Session>(SteadyTime deadline)>;

  /// A session on loan. Comes back at the end, unless it was dropped.
  class Loan {
   public:
    Loan(Loan&& other) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan();

    Session& operator*() const { return *session_; }
    /// Closes it, all that are idle, and those on loan when they come back: what broke this one has
    /// broken them.
    void drop();

   private:
    friend class SessionPool;
    Loan(SessionPool& pool, std::unique_ptr<Session> session, std::uint64_t age)
        : pool_(&pool), session_(std::move(session)), age_(age) {}

    SessionPool* pool_;
    std::unique_ptr<Session> session_;
    std::uint64_t age_;
  };

  SessionPool(std::size_t limit, Open open) : limit_(limit), open_(std::move(open)) {}
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  /// One that is idle, else kResourceExhausted. Waits until the deadline only for what is on loan,
  /// one caller for each: what must be opened first may take long, and a caller who waits holds up
  /// those behind it. `on_wanted` is called when there are too few. The pool must outlive the loan.
  Result<Loan> borrow(SteadyTime deadline, const std::function<void()>& on_wanted);
  /// An idle one, or a new one; the errors of `open`.
  Result<Loan> borrow_or_open(SteadyTime deadline);

  /// Whether somebody found none since open_one() was last called, and there is room for one.
  bool wants_more() const;
  Result<void> open_one(SteadyTime deadline);
  std::size_t in_use() const;
  std::size_t open() const;  ///< in use, or idle
  std::size_t limit() const { return limit_; }

 private:
  Loan take_idle();
  void give_back(std::unique_ptr<Session> session, std::uint64_t age);
  /// Opens one in a place that is taken already.
  Result<std::unique_ptr<Session>> open_in_place(SteadyTime deadline);
  /// How many may come back at any moment. With the lock.
  std::size_t lent() const { return in_use_ - opening_; }

  const std::size_t limit_;
  const Open open_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;
  std::size_t in_use_ = 0;   ///< on loan and being opened
  std::size_t opening_ = 0;  ///< among them
  std::size_t waiting_ = 0;  ///< in borrow()
  bool missed_ = false;
  std::uint64_t age_ = 0;  ///< how often sessions were dropped
};

}  // namespace marquee::redis
