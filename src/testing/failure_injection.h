#pragma once

#include <cstddef>
#include <mutex>
#include <utility>

#include "base/result.h"

namespace marquee::testing {

/// What every fake store can be told: to fail its next calls. A failed call changes nothing.
/// Thread-safe.
class FailureInjection {
 public:
  /// The next `count` calls fail with `error`, whatever they are.
  void fail_next(std::size_t count, Error error) { plan(any_, count, std::move(error)); }
  /// The next `count` calls that read, or that write, fail; the others go on.
  void fail_next_reads(std::size_t count, Error error) { plan(reads_, count, std::move(error)); }
  void fail_next_writes(std::size_t count, Error error) { plan(writes_, count, std::move(error)); }

 protected:
  Result<void> before_read() const { return take(reads_); }
  Result<void> before_write() const { return take(writes_); }

 private:
  struct Plan {
    std::size_t remaining = 0;
    Error error;
  };

  void plan(Plan& target, std::size_t count, Error error) {
    const std::lock_guard lock(mutex_);
    target = Plan{count, std::move(error)};
  }
  Result<void> take(Plan& kind) const {
    const std::lock_guard lock(mutex_);
    for (Plan* candidate : {&kind, &any_}) {
      if (candidate->remaining == 0) continue;
      --candidate->remaining;
      return candidate->error;
    }
    return {};
  }

  mutable std::mutex mutex_;
  mutable Plan any_;
  mutable Plan reads_;
  mutable Plan writes_;
};

}  // namespace marquee::testing
