#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "ports/recommendation_log.h"
#include "testing/failure_injection.h"
#include "testing/fake_profile_store.h"

namespace marquee::testing {

/// A RecommendationLog in a map that counts clicks by going through everything each time. Clicks
/// are those of `profiles`, which must outlive it; without one nothing is ever clicked.
/// Thread-safe.
class FakeRecommendationLog final : public RecommendationLog, public FailureInjection {
 public:
  explicit FakeRecommendationLog(const FakeProfileStore* profiles = nullptr)
      : profiles_(profiles) {}

  Result<void> append(std::span<const ShownList> lists) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    for (const ShownList& list : lists) {
      if (lists_.emplace(list.list_id, list).second) order_.push_back(list.list_id);
    }
    return {};
  }

  Result<ClickThrough> click_through() const override {
    MARQUEE_CHECK(before_read());
    const auto events =
        profiles_ == nullptr ? std::vector<AppliedEvent>{} : profiles_->applied_events();
    const std::lock_guard lock(mutex_);
    ClickThrough sum{.lists = lists_.size()};
    for (const auto& [id, list] : lists_) {
      std::set<MovieId> films;
      for (const ScoredMovie& item : list.items) films.insert(item.movie_id);
      sum.shown += films.size();
    }
    std::set<std::pair<ListId, MovieId>> clicked;
    for (const AppliedEvent& applied : events) {
      if (counts(applied)) clicked.emplace(*applied.event.list_id, applied.event.movie_id);
    }
    sum.clicked = clicked.size();
    return sum;
  }

  Result<std::vector<ShownList>> lists(const std::optional<ListId>& after,
                                       std::size_t limit) const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<ShownList> found;
    for (auto at = after ? lists_.upper_bound(*after) : lists_.begin();
         at != lists_.end() && found.size() < limit; ++at) {
      found.push_back(at->second);
    }
    return found;
  }

  /// Every list, in the order in which they came.
  std::vector<ShownList> lists() const {
    const std::lock_guard lock(mutex_);
    std::vector<ShownList> all;
    for (const ListId& id : order_) all.push_back(lists_.at(id));
    return all;
  }

 private:
  bool counts(const AppliedEvent& applied) const {
    const Event& event = applied.event;
    if (applied.undone || !event.list_id || !counts_as_click(event.type)) return false;
    const auto list = lists_.find(*event.list_id);
    if (list == lists_.end() || list->second.user_id != event.user_id) return false;
    return std::any_of(list->second.items.begin(), list->second.items.end(),
                       [&](const ScoredMovie& item) { return item.movie_id == event.movie_id; });
  }

  const FakeProfileStore* profiles_;
  mutable std::mutex mutex_;
  std::map<ListId, ShownList> lists_;
  std::vector<ListId> order_;
};

}  // namespace marquee::testing
