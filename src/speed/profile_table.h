#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/queue_state.h"
#include "ports/folded_state.h"
#include "ports/profile_store.h"
#include "speed/first_viewers.h"

namespace marquee::speed {

/// The folded state in memory: profiles in a sharded map, counts, what follows from the profiles
/// (transitions, first viewers), and the cursor with those who wait for it. Written by the fold's
/// one thread, read by any. Who waits when the table is destroyed is told false.
class ProfileTable final : public FoldedState {
 public:
  static constexpr std::size_t kWaitersMax = 4'096;

  /// `clock` must outlive the table; it decides when a deadline has passed. At most `waiters_max`
  /// wait at once.
  explicit ProfileTable(const Clock& clock, std::size_t waiters_max = kWaitersMax);
  ~ProfileTable() override;

  // loading, before the table is shared
  void load_profile(const UserId& user, UserProfile profile);
  void load_count(const CountDelta& delta);
  void load_cursor(Cursor cursor);

  /// Shows a step: profiles and counts first, then the cursor, then those who wait for it.
  void publish(const FoldBatch& batch);

  std::shared_ptr<const UserProfile> find(const UserId& user) const override;
  void read_counts(const std::function<void(const MovieCounts&)>& read) const override;
  std::uint64_t counts_version() const override { return counts_version_; }
  void read_transitions(const std::function<void(const TransitionCounts&)>& read) const override;
  std::vector<UserId> first_viewers(MovieKey movie) const override;
  Cursor applied() const override;
  void when_applied(const Offset& offset, std::chrono::steady_clock::time_point deadline,
                    std::function<void(bool)> done) override;
  /// Who waits in when_applied().
  QueueState waiters() const;

 private:
  struct Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<UserId, std::shared_ptr<const UserProfile>> profiles;
  };
  struct Waiter {
    Offset offset;
    std::function<void(bool)> done;
  };
  static constexpr std::size_t kShards = 64;

  Shard& shard_of(const UserId& user);
  const Shard& shard_of(const UserId& user) const;
  void replace(const UserId& user, std::shared_ptr<const UserProfile> profile);
  void follow(const UserId& user, const UserProfile* before, const UserProfile& after);
  void advance(const Cursor& cursor);
  void expire_waiters(const std::stop_token& stop);

  const Clock& clock_;
  const std::size_t waiters_max_;
  std::array<Shard, kShards> shards_;
  mutable std::shared_mutex counts_mutex_;
  MovieCounts counts_;
  std::atomic<std::uint64_t> counts_version_ = 0;
  mutable std::shared_mutex liked_mutex_;
  TransitionCounts transitions_;
  FirstViewers first_viewers_;
  mutable std::mutex cursor_mutex_;
  Cursor applied_;
  std::multimap<std::chrono::steady_clock::time_point, Waiter> waiters_;  // by deadline
  std::uint64_t refused_ = 0;
  bool deadline_is_new_ = false;
  std::condition_variable_any deadlines_changed_;
  std::jthread timer_;
};

}  // namespace marquee::speed
