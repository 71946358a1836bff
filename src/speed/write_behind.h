#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/queue_state.h"
#include "ports/profile_store.h"
#include "speed/id_counts.h"
#include "speed/step_thread.h"
#include "speed/unstored_steps.h"

namespace marquee::speed {

/// Takes the fold's steps at once and stores them behind its back, many in one transaction: nobody
/// waits for the store's disk. That is safe because the log is durable and the fold is
/// deterministic: what a crash takes of the steps, the next start folds again from the stored
/// cursor. Readers see the steps as if they were stored.
///
/// Unlike the ProfileStore contract has it, a step that cannot be stored is not refused by apply()
/// but keeps failing in store(), which health() tells; then steps pile up to the limit, and apply()
/// says kUnavailable.
///
/// Threads: apply(), load() and reset() from one thread at a time; the others from any.
class WriteBehind final : public ProfileStore {
 public:
  struct Options {
    std::size_t events_max = 16'384;             ///< in steps that are not stored
    std::chrono::milliseconds gather{250};       ///< from the first step of a transaction on
    std::chrono::milliseconds room_wait{1'000};  ///< how long apply() waits for room
    StepThread::Backoff backoff = {};            ///< of a store that fails
    /// Called with the stored cursor after every transaction, on the thread that stored it.
    std::function<void(const Cursor&)> on_stored = nullptr;
  };

  /// `store` must outlive it, and nobody else may write there.
  WriteBehind(ProfileStore& store, Options options);
  /// Without stop() before, what is not stored is left to the next start, as after a crash.
  ~WriteBehind() override { thread_.stop(); }

  /// Stores from now on by a thread of its own.
  void start();
  /// Stores what was taken, in one transaction, on the caller's thread; nothing when there is none.
  /// After an error the next call tries the very same again.
  Result<void> store();
  /// Ends the thread and tries once more to store what is left.
  void stop();

  /// Events in steps that are not stored.
  QueueState queue() const;
  Result<void> health() const { return thread_.health(); }

  Result<void> apply(const FoldBatch& batch) override;
  Result<FoldedTotals> totals() const override;
  /// kFailedPrecondition while a step is not stored; so does reset().
  Result<FoldedTotals> load(const std::function<void(UserId, UserProfile)>& profile,
                            const std::function<void(const CountDelta&)>& count) const override;
  Result<std::shared_ptr<const UserProfile>> find_profile(const UserId& user) const override;
  Result<std::optional<AppliedEvent>> find_event(const UserId& user,
                                                 const EventId& id) const override;
  Result<std::optional<EventReceipt>> receipt(const UserId& user, const EventId& id) const override;
  Result<HistoryPage> history(const UserId& user, std::optional<std::uint64_t> before_seq,
                              std::size_t limit) const override;
  Result<std::vector<DeadLetter>> dead_letters(std::size_t limit) const override;
  Result<std::vector<Deduplicated>> deduplicated(const std::optional<Offset>& after,
                                                 std::size_t limit) const override;
  Result<void> reset() override;

 private:
  UnstoredSteps unstored() const;
  Result<void> store_when_gathered();
  void hurry();
  Result<void> apply_transaction();
  Result<void> check_all_stored() const;
  void forget_stored();

  ProfileStore& store_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable taken_;  // the first step after none, or half of what may wait
  std::condition_variable room_;
  UnstoredSteps steps_;     // with the next four guarded by mutex_
  IdCounts ids_;            // of what they applied
  std::size_t events_ = 0;  // of steps_
  bool hurried_ = false;    // somebody waits for the steps to be stored
  std::uint64_t refused_ = 0;
  std::mutex store_mutex_;                // one transaction at a time; with all below
  std::optional<FoldBatch> transaction_;  // merged, but the store has not taken it yet
  std::size_t transaction_steps_ = 0;     // how many of steps_ it holds
  bool tried_before_ = false;
  StepThread thread_;  // ends first
};

}  // namespace marquee::speed
