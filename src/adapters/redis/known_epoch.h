#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace marquee::redis {

/// The epoch that this process believes the cache to be in. Where somebody else began another one,
/// bumps may have been lost with the old; a list that was under way meanwhile must not be filled
/// in, so fills wait for longer than any list takes. `clock` must outlive it. Thread-safe.
class KnownEpoch {
 public:
  using Text = std::shared_ptr<const std::string>;

  KnownEpoch(const Clock& clock, std::chrono::milliseconds slow_fill_max)
      : clock_(clock), slow_fill_max_(slow_fill_max) {}

  /// Null until the first is known.
  Text get() const;
  /// Redis was seen in `epoch` by a question that was asked when `before` was known here. Changes
  /// nothing when something newer is known by now.
  void saw(const Text& before, std::string_view epoch);
  /// This process has begun a new epoch and no bump was lost.
  void began(std::string epoch);
  bool may_fill() const;

 private:
  const Clock& clock_;
  const std::chrono::milliseconds slow_fill_max_;
  mutable std::mutex mutex_;
  Text epoch_;
  std::chrono::steady_clock::time_point fills_from_;
};

}  // namespace marquee::redis
