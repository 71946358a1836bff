#pragma once

#include <map>
#include <mutex>

#include "ports/live_feed.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A LiveFeed in a map. Thread-safe.
class FakeLiveFeed final : public LiveFeed, public FailureInjection {
 public:
  Result<void> put(const std::vector<Entry>& lists) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    for (const auto& [user, list] : lists) {
      const auto known = lists_.find(user);
      const bool is_newer = known == lists_.end() || known->second.generation != list.generation ||
                            known->second.version <= list.version;
      if (is_newer) lists_[user] = list;
    }
    return {};
  }
  Result<std::optional<LiveList>> find(const UserId& user) const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    const auto known = lists_.find(user);
    return known == lists_.end() ? std::nullopt : std::optional(known->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<UserId, LiveList> lists_;
};

}  // namespace marquee::testing
