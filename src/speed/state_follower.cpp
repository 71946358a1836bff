#include "speed/state_follower.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "speed/add_totals.h"
#include "speed/fold_metrics.h"
#include "speed/profile_difference.h"
#include "speed/profile_table.h"
#include "speed/step_thread.h"

namespace marquee::speed {
namespace {

/// For how long a reading waits for an own step to be stored: longer is a store that hangs.
constexpr std::chrono::milliseconds kOwnStepMax{1'000};

class Follower final : public StateFollower {
 public:
  Follower(const FoldChanges& changes, const Clock& clock, telemetry::Metrics& metrics,
           OnChange on_change, Options options)
      : changes_(changes),
        metrics_(metrics),
        on_change_(std::move(on_change)),
        options_(options),
        table_(clock),
        thread_({"following", "follow", ThreadRole::kAnswers},
                {options.backoff_min, options.backoff_max}) {}
  ~Follower() override { stop(); }

  Result<void> load_stored() {
    std::vector<CountDelta> counts;
    MARQUEE_TRY(FoldPosition position,
                changes_.changes(std::nullopt, [&](const UserId& user, UserProfile profile) {
                  append_count_difference(user, nullptr, profile, counts);
                  users_.insert(user);
                  table_.load_profile(user, std::move(profile));
                }));
    for (const CountDelta& count : counts) table_.load_count(count);
    table_.load_cursor(position.folded.cursor);
    note(std::move(position));
    return {};
  }

  void run_on_thread() {
    thread_.start([this] { return step(options_.wait); },
                  [this](std::chrono::milliseconds backoff) { metrics_.retry(backoff); });
  }

  Result<void> step(std::chrono::milliseconds wait) override {
    MARQUEE_CHECK(changes_.wait_for_change(seen(), wait));
    const FoldPosition from = begin_reading();
    Changed changed;
    auto position = changes_.changes(from, [&](UserId user, UserProfile profile) {
      changed.emplace_back(std::move(user),
                           std::make_shared<const UserProfile>(std::move(profile)));
    });
    const std::lock_guard lock(turn_mutex_);
    is_reading_ = false;
    if (!position.ok()) return std::move(position).error();
    if (position->rebuilds != seen_.rebuilds) forget_all_but(changed);
    show(changed, position->folded.cursor);
    note(*std::move(position));
    return {};
  }

  void begin() override {
    const std::lock_guard lock(turn_mutex_);
    is_storing_ = true;
  }

  void end(std::span<const FoldBatch> stored, const FoldTotals& added) override {
    const std::lock_guard lock(turn_mutex_);
    is_storing_ = false;
    if (!is_reading_ && follows_on(stored)) show_own(stored, added);
    stored_.notify_all();
  }

  FoldedState& state() override { return table_; }
  FoldTotals totals() const override {
    const std::lock_guard lock(mutex_);
    return totals_;
  }
  QueueState waiters() const override { return table_.waiters(); }
  Result<void> health() const override { return thread_.health(); }
  void stop() override { thread_.stop(); }

 private:
  using Changed = std::vector<std::pair<UserId, std::shared_ptr<const UserProfile>>>;

  FoldPosition seen() const {
    const std::lock_guard lock(turn_mutex_);
    return seen_;
  }

  /// From here to the end of the reading own steps are left to the next reading. One that is being
  /// stored comes first: read now, it would be missed or read in vain.
  FoldPosition begin_reading() {
    std::unique_lock lock(turn_mutex_);
    stored_.wait_for(lock, kOwnStepMax, [this] { return !is_storing_; });
    is_reading_ = true;
    return seen_;
  }

  bool follows_on(std::span<const FoldBatch> steps) const {
    return std::all_of(steps.begin(), steps.end(), [this](const FoldBatch& step) {
      const std::int32_t partition = step.after.partitions().begin()->first;
      return seen_.folded.cursor.next(partition) == step.before.next(partition);
    });
  }

  void show_own(std::span<const FoldBatch> steps, const FoldTotals& added) {
    FoldPosition now = seen_;
    Changed changed;
    for (const FoldBatch& step : steps) {
      const auto [partition, next] = *step.after.partitions().begin();
      now.folded.cursor.set_next(partition, next);
      changed.insert(changed.end(), step.profiles.begin(), step.profiles.end());
    }
    add(now.folded.totals, added);
    show(changed, now.folded.cursor);
    note(std::move(now));
  }

  /// After a rebuild: viewers whom the state no longer has are shown without events.
  void forget_all_but(Changed& changed) {
    std::unordered_set<UserId> present;
    for (const auto& [user, profile] : changed) present.insert(user);
    const auto nothing = std::make_shared<const UserProfile>();
    for (const UserId& user : users_) {
      if (!present.contains(user)) changed.emplace_back(user, nothing);
    }
    users_ = std::move(present);
  }

  void show(const Changed& changed, const Cursor& cursor) {
    if (changed.empty() && cursor == seen_.folded.cursor) return;
    FoldBatch step;
    step.profiles = changed;
    step.after = cursor;
    for (const auto& [user, profile] : changed) {
      append_count_difference(user, table_.find(user).get(), *profile, step.counts);
      users_.insert(user);
    }
    table_.publish(step);
    table_.read_transitions([this](const TransitionCounts& now) { metrics_.transitions(now); });
    if (!on_change_) return;
    for (const auto& [user, profile] : changed) on_change_(user, profile->version);
  }

  void note(FoldPosition position) {
    seen_ = std::move(position);
    metrics_.totals(seen_.folded.totals);
    const std::lock_guard lock(mutex_);
    totals_ = seen_.folded.totals;
  }

  const FoldChanges& changes_;
  FoldMetrics metrics_;
  const OnChange on_change_;
  const Options options_;
  ProfileTable table_;
  mutable std::mutex turn_mutex_;  ///< of all up to the next: who shows something holds it
  std::condition_variable stored_;
  bool is_storing_ = false;
  bool is_reading_ = false;
  FoldPosition seen_;
  std::unordered_set<UserId> users_;  ///< who has been shown
  mutable std::mutex mutex_;
  FoldTotals totals_;
  StepThread thread_;  // ends first
};

}  // namespace

Result<std::unique_ptr<StateFollower>> StateFollower::load(const FoldChanges& changes,
                                                           const Clock& clock,
                                                           telemetry::Metrics& metrics,
                                                           OnChange on_change, Options options) {
  auto follower =
      std::make_unique<Follower>(changes, clock, metrics, std::move(on_change), options);
  MARQUEE_CHECK(follower->load_stored());
  return std::unique_ptr<StateFollower>(std::move(follower));
}

Result<std::unique_ptr<StateFollower>> StateFollower::start(const FoldChanges& changes,
                                                            const Clock& clock,
                                                            telemetry::Metrics& metrics,
                                                            OnChange on_change, Options options) {
  auto follower =
      std::make_unique<Follower>(changes, clock, metrics, std::move(on_change), options);
  MARQUEE_CHECK(follower->load_stored());
  follower->run_on_thread();
  return std::unique_ptr<StateFollower>(std::move(follower));
}

}  // namespace marquee::speed
