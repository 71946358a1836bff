#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "ports/fold_changes.h"
#include "ports/known_events.h"
#include "ports/partition_claims.h"
#include "ports/profile_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A ProfileStore in plain maps, slow and obvious: what the real ones are compared with. Keys of
/// films are kept as they come, so it belongs to one MovieTable. Thread-safe.
class FakeProfileStore final : public ProfileStore,
                               public KnownEvents,
                               public PartitionClaims,
                               public FoldChanges,
                               public FailureInjection {
 public:
  FakeProfileStore() = default;
  /// Another process's door to the same state; `other` may end first.
  FakeProfileStore(const FakeProfileStore& other) : shared_(other.shared_) {}

  Result<FoldedTotals> totals() const override;
  Result<FoldedTotals> load(const std::function<void(UserId, UserProfile)>& profile,
                            const std::function<void(const CountDelta&)>& count) const override;
  Result<std::shared_ptr<const UserProfile>> find_profile(const UserId& user) const override;
  Result<void> apply(const FoldBatch& batch) override;
  Result<std::optional<AppliedEvent>> find_event(const UserId& user,
                                                 const EventId& id) const override;
  Result<std::optional<EventReceipt>> receipt(const UserId& user, const EventId& id) const override;
  Result<HistoryPage> history(const UserId& user, std::optional<std::uint64_t> before_seq,
                              std::size_t limit) const override;
  Result<std::vector<DeadLetter>> dead_letters(std::size_t limit) const override;
  Result<std::vector<Deduplicated>> deduplicated(const std::optional<Offset>& after,
                                                 std::size_t limit) const override;
  Result<void> reset() override;
  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override;

  Result<std::vector<PartitionPosition>> claim(std::span<const std::int32_t> partitions) override;
  Result<void> apply_together(std::span<const FoldBatch> steps) override;
  Result<FoldPosition> changes(
      const std::optional<FoldPosition>& seen,
      const std::function<void(UserId, UserProfile)>& profile) const override;
  Result<void> wait_for_change(const FoldPosition& seen,
                               std::chrono::milliseconds wait) const override;

  /// Every applied event, by viewer and place in the history.
  std::vector<AppliedEvent> applied_events() const;
  std::vector<Deduplicated> deduplicated() const;
  /// Transactions so far that stored steps.
  std::size_t applies() const;

 private:
  struct State {
    Cursor cursor;
    std::map<std::int32_t, FoldTotals>
        totals;  ///< by partition; a step without claims has the rest
    std::map<UserId, std::shared_ptr<const UserProfile>> profiles;
    std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> counts;
    std::map<std::pair<UserId, std::uint64_t>, AppliedEvent> events;
    std::map<std::pair<UserId, EventId>, std::uint64_t> seq_of;
    std::map<Offset, DeadLetter> dead_letters;
    std::map<Offset, Deduplicated> deduplicated;
  };

  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    State state;
    std::map<std::int32_t, std::uint64_t> epochs;
    std::uint64_t rebuilds = 0;
    std::size_t applies = 0;
  };

  const AppliedEvent* find(const UserId& user, const EventId& id) const;
  FoldedTotals folded() const;
  Result<void> check(const FoldBatch& batch) const;
  Result<void> check_place(const FoldBatch& batch) const;
  void add_totals(const FoldBatch& batch);
  void store(const FoldBatch& batch);

  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::mutex& mutex_ = shared_->mutex;
  State& state_ = shared_->state;
  /// This object's claims with their epochs; none before the first claim().
  std::optional<std::map<std::int32_t, std::uint64_t>> claims_;
};

}  // namespace marquee::testing
