#pragma once

#include <functional>
#include <utility>

#include "testing/fake_profile_store.h"

namespace marquee::sim {

/// A ProfileStore that fails when told: reads, and writes before or after they were stored, for a
/// client of a database that does not answer cannot tell which. What it holds is in a
/// FakeProfileStore, which never fails. Single-threaded.
class UnreliableStore final : public ProfileStore {
 public:
  /// The next `count` reads fail.
  void fail_next_reads(std::size_t count) { failing_reads_ = count; }
  /// The next `count` steps are not stored and fail.
  void refuse_next(std::size_t count) { refusals_ = count; }
  /// The next step is stored, but its answer is lost.
  void lose_next_answer() { loses_answer_ = true; }
  /// Ends all trouble.
  void repair();
  /// Called whenever a step was stored and its answer is on the way; may be empty.
  void on_stored(std::function<void()> then) { then_ = std::move(then); }

  const testing::FakeProfileStore& real() const { return real_; }

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
  Result<void> reset() override { return real_.reset(); }

 private:
  Result<void> before_read() const;

  testing::FakeProfileStore real_;
  mutable std::size_t failing_reads_ = 0;
  std::size_t refusals_ = 0;
  bool loses_answer_ = false;
  std::function<void()> then_;
};

}  // namespace marquee::sim
