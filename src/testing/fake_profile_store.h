#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "ports/known_events.h"
#include "ports/profile_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A ProfileStore in plain maps, slow and obvious: what the real ones are compared with. Keys of
/// films are kept as they come, so it belongs to one MovieTable. Thread-safe.
class FakeProfileStore final : public ProfileStore, public KnownEvents, public FailureInjection {
 public:
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
  Result<void> reset() override;
  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override;

  /// Every applied event, by viewer and place in the history.
  std::vector<AppliedEvent> applied_events() const;
  std::vector<Deduplicated> deduplicated() const;
  /// Steps stored so far.
  std::size_t applies() const;

 private:
  struct State {
    FoldedTotals totals;
    std::map<UserId, std::shared_ptr<const UserProfile>> profiles;
    std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> counts;
    std::map<std::pair<UserId, std::uint64_t>, AppliedEvent> events;
    std::map<std::pair<UserId, EventId>, std::uint64_t> seq_of;
    std::map<Offset, DeadLetter> dead_letters;
    std::map<Offset, Deduplicated> deduplicated;
  };

  const AppliedEvent* find(const UserId& user, const EventId& id) const;
  Result<void> check(const FoldBatch& batch) const;

  mutable std::mutex mutex_;
  State state_;
  std::size_t applies_ = 0;
};

}  // namespace marquee::testing
