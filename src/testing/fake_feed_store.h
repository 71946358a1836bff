#pragma once

#include <map>
#include <mutex>

#include "ports/feed_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A FeedStore in a map. Thread-safe.
class FakeFeedStore final : public FeedStore, public FailureInjection {
 public:
  Result<void> put(const ModelVersion& generation, const Lists& lists) override {
    MARQUEE_CHECK(before_write());
    std::map<UserId, std::vector<ScoredMovie>> built;
    for (;;) {
      MARQUEE_TRY(auto next, lists());
      if (!next) break;
      if (!built.insert(std::move(*next)).second) {
        return Error{ErrorCode::kInvalidArgument,
                     "a viewer occurs twice in generation '" + generation.value() + "'"};
      }
    }
    const std::lock_guard lock(mutex_);
    generations_[generation] = std::move(built);
    return {};
  }

  Result<std::vector<ScoredMovie>> find(const ModelVersion& generation,
                                        const UserId& user) const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    const auto lists = generations_.find(generation);
    if (lists == generations_.end()) return std::vector<ScoredMovie>{};
    const auto list = lists->second.find(user);
    return list == lists->second.end() ? std::vector<ScoredMovie>{} : list->second;
  }

  Result<std::vector<ModelVersion>> generations() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<ModelVersion> present;
    for (const auto& [generation, lists] : generations_) present.push_back(generation);
    return present;
  }

  Result<void> drop(const ModelVersion& generation) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    generations_.erase(generation);
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::map<ModelVersion, std::map<UserId, std::vector<ScoredMovie>>> generations_;
};

}  // namespace marquee::testing
