#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "ports/recommendation_cache.h"

namespace marquee::testing {

/// A RecommendationCache that never expires and never evicts. Thread-safe.
class FakeRecommendationCache final : public RecommendationCache {
 public:
  std::shared_ptr<const CachedList> find(const UserId& user,
                                         const std::optional<ModelVersion>& generation,
                                         std::uint64_t version_min) override {
    const std::lock_guard lock(mutex_);
    ++finds_;
    if (misses_forced_ > 0) {
      --misses_forced_;
      return nullptr;
    }
    const auto found = entries_.find(user);
    if (found == entries_.end() || !found->second.list) return nullptr;
    const auto& [bumped, list] = found->second;
    const bool fresh = list->profile_version >= std::max(bumped, version_min);
    return fresh && list->generation == generation ? list : nullptr;
  }

  void fill(const UserId& user, std::shared_ptr<const CachedList> list) override {
    const std::lock_guard lock(mutex_);
    ++fills_;
    Entry& entry = entries_[user];
    if (list->profile_version < entry.bumped) return;
    const bool overtaken = entry.list && entry.list->generation == list->generation &&
                           list->profile_version < entry.list->profile_version;
    if (!overtaken) entry.list = std::move(list);
  }

  void bump(const UserId& user, std::uint64_t version) override {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[user];
    entry.bumped = std::max(entry.bumped, version);
    if (entry.list && entry.list->profile_version < entry.bumped) entry.list.reset();
  }

  /// Forgets the lists, not the bumps.
  void clear() override {
    const std::lock_guard lock(mutex_);
    for (auto& [user, entry] : entries_) entry.list.reset();
  }

  std::size_t bytes() const override {
    const std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const auto& [user, entry] : entries_) {
      if (entry.list) sum += sizeof(CachedList) + entry.list->items.size() * sizeof(Candidate);
    }
    return sum;
  }

  /// The next `count` finds miss, as when the cache is away.
  void miss_next(std::size_t count) {
    const std::lock_guard lock(mutex_);
    misses_forced_ = count;
  }
  std::size_t finds() const {
    const std::lock_guard lock(mutex_);
    return finds_;
  }
  std::size_t fills() const {
    const std::lock_guard lock(mutex_);
    return fills_;
  }

 private:
  struct Entry {
    std::uint64_t bumped = 0;
    std::shared_ptr<const CachedList> list;
  };

  mutable std::mutex mutex_;
  std::map<UserId, Entry> entries_;
  std::size_t misses_forced_ = 0;
  std::size_t finds_ = 0;
  std::size_t fills_ = 0;
};

}  // namespace marquee::testing
