#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ports/folded_state.h"
#include "ports/profile_store.h"

namespace marquee::testing {

/// A FoldedState in plain maps under one lock, filled by publish() or by hand. Nobody's deadline
/// passes by itself: expire() ends the waits that are over by the clock. Thread-safe.
class FakeFoldedState final : public FoldedState {
 public:
  enum class Waits {
    kUntilExpired,  ///< who waits is kept until publish() or expire()
    kEndAtOnce,     ///< what is not applied yet is answered false at once
  };

  explicit FakeFoldedState(const Clock& clock, Waits waits = Waits::kUntilExpired)
      : clock_(clock), waits_(waits) {}
  ~FakeFoldedState() override {
    for (const Waiter& waiter : waiters_) waiter.done(false);
  }

  /// Shows a stored step.
  void publish(const FoldBatch& batch) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [user, profile] : batch.profiles) show(user, profile);
      for (const CountDelta& delta : batch.counts) counts_.add(delta);
      counts_version_ += batch.counts.size();
      applied_ = batch.after;
    }
    end_waits([this](const Waiter& waiter) { return applied_.includes(waiter.offset); }, true);
  }
  /// Ends the waits whose deadline has passed.
  void expire() {
    const auto now = clock_.steady();
    end_waits([now](const Waiter& waiter) { return waiter.deadline <= now; }, false);
  }

  // by hand, for tests of what reads the state
  void put(const std::string& user, UserProfile profile) {
    const std::lock_guard lock(mutex_);
    show(UserId(user), std::make_shared<const UserProfile>(std::move(profile)));
  }
  void count(const CountDelta& delta) {
    const std::lock_guard lock(mutex_);
    counts_.add(delta);
    ++counts_version_;
  }
  void apply_up_to(std::uint64_t next) {
    FoldBatch batch;
    batch.after = applied();
    batch.after.set_next(Offset::kEmbedded, next);
    publish(batch);
  }
  /// Of every when_applied() so far.
  std::vector<std::chrono::steady_clock::time_point> deadlines() const {
    const std::lock_guard lock(mutex_);
    return deadlines_;
  }

  std::shared_ptr<const UserProfile> find(const UserId& user) const override {
    const std::lock_guard lock(mutex_);
    const auto found = profiles_.find(user);
    return found == profiles_.end() ? nullptr : found->second;
  }
  void read_counts(const std::function<void(const MovieCounts&)>& read) const override {
    const std::lock_guard lock(mutex_);
    read(counts_);
  }
  std::uint64_t counts_version() const override {
    const std::lock_guard lock(mutex_);
    return counts_version_;
  }
  void read_transitions(const std::function<void(const TransitionCounts&)>& read) const override {
    const std::lock_guard lock(mutex_);
    read(transitions_);
  }
  std::vector<UserId> first_viewers(MovieKey movie) const override {
    const std::lock_guard lock(mutex_);
    std::vector<UserId> viewers;
    for (const auto& [user, profile] : profiles_) {
      const auto liked = liked_films(*profile);
      const auto is_it = [movie](const LikedFilm& film) { return film.movie == movie; };
      if (viewers.size() < kFirstViewersMax && std::any_of(liked.begin(), liked.end(), is_it)) {
        viewers.push_back(user);
      }
    }
    return viewers;
  }
  Cursor applied() const override {
    const std::lock_guard lock(mutex_);
    return applied_;
  }
  void when_applied(const Offset& offset, std::chrono::steady_clock::time_point deadline,
                    std::function<void(bool)> done) override {
    bool is_applied = false;
    {
      const std::lock_guard lock(mutex_);
      deadlines_.push_back(deadline);
      is_applied = applied_.includes(offset);
      const bool waits = waits_ == Waits::kUntilExpired && clock_.steady() < deadline;
      if (!is_applied && waits) {
        waiters_.push_back({offset, deadline, std::move(done)});
        return;
      }
    }
    done(is_applied);
  }

 private:
  struct Waiter {
    Offset offset;
    std::chrono::steady_clock::time_point deadline;
    std::function<void(bool)> done;
  };

  void show(const UserId& user, std::shared_ptr<const UserProfile> profile) {
    auto& shown = profiles_[user];
    transitions_.replace(shown ? liked_films(*shown) : std::vector<LikedFilm>(),
                         liked_films(*profile));
    shown = std::move(profile);
  }

  void end_waits(const std::function<bool(const Waiter&)>& is_over, bool is_applied) {
    std::vector<Waiter> over;
    {
      const std::lock_guard lock(mutex_);
      const auto first_over =
          std::stable_partition(waiters_.begin(), waiters_.end(), std::not_fn(is_over));
      std::move(first_over, waiters_.end(), std::back_inserter(over));
      waiters_.erase(first_over, waiters_.end());
    }
    for (const Waiter& waiter : over) waiter.done(is_applied);
  }

  const Clock& clock_;
  const Waits waits_;
  mutable std::mutex mutex_;
  std::map<UserId, std::shared_ptr<const UserProfile>> profiles_;
  MovieCounts counts_;
  TransitionCounts transitions_;
  std::uint64_t counts_version_ = 0;
  Cursor applied_;
  std::vector<Waiter> waiters_;
  std::vector<std::chrono::steady_clock::time_point> deadlines_;
};

}  // namespace marquee::testing
