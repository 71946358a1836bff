#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/movie_counts.h"
#include "domain/offset.h"
#include "domain/user_profile.h"

namespace marquee {

/// What an event is known by.
struct EventKey {
  UserId user_id;
  EventId event_id;

  auto operator<=>(const EventKey&) const = default;
};

/// One event as the fold applied it: a row of the viewer's history.
struct AppliedEvent {
  Event event;
  std::uint64_t seq = 0;         ///< its place in the viewer's history, 0 for the first
  std::optional<Offset> offset;  ///< none for imported history
  std::uint64_t fingerprint = 0;
  bool undone = false;             ///< taken back by a later undo
  std::int64_t applied_at_ms = 0;  ///< wall clock; for receipts only, not part of the state hash

  bool operator==(const AppliedEvent&) const = default;
};

/// An event the fold could not apply; kept with the reason so that a rebuild decides the same.
struct DeadLetter {
  Offset offset;
  Event event;
  std::string reason;
  std::uint64_t fingerprint = 0;  ///< of the LogRecord, so that a repeat is known as one

  bool operator==(const DeadLetter&) const = default;
};

/// An event that was in the log already under the same (user_id, event_id): not applied again.
struct Deduplicated {
  Offset offset;
  UserId user_id;
  EventId event_id;
  bool conflict = false;            ///< its fields differed from the first one's
  std::uint64_t fingerprint = 0;    ///< of the LogRecord
  std::int64_t accepted_at_ms = 0;  ///< of the repeat

  bool operator==(const Deduplicated&) const = default;
};

/// How many events ended where, since the log's first offset. accepted = the three + pending.
struct FoldTotals {
  std::uint64_t applied = 0;
  std::uint64_t deduplicated = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t history = 0;  ///< imported before the log's first offset; not part of the sum

  bool operator==(const FoldTotals&) const = default;
};

/// One step of the fold, stored whole or not at all.
struct FoldBatch {
  std::vector<AppliedEvent> applied;
  std::vector<std::pair<UserId, std::uint64_t>> undone;  ///< (viewer, seq) to mark as taken back
  std::vector<std::pair<UserId, std::shared_ptr<const UserProfile>>> profiles;  ///< as they are now
  std::vector<CountDelta> counts;
  std::vector<DeadLetter> dead_letters;
  std::vector<Deduplicated> deduplicated;
  FoldTotals totals;  ///< after this step
  Cursor before;      ///< where the fold stood; must equal what is stored
  Cursor after;
};

/// Everything that is loaded at start.
struct FoldedTotals {
  Cursor cursor;
  FoldTotals totals;
};

struct HistoryPage {
  std::vector<AppliedEvent> events;              ///< newest first
  std::optional<std::uint64_t> next_before_seq;  ///< pass on to continue; none at the end
};

/// Where a receipt stands. `status` is the fold's latest decision under the id; `offset` and the
/// times are those of the event that came first, to which a repeat refers.
struct EventReceipt {
  enum class Status { kApplied, kDuplicate, kConflict, kDeadLettered } status = Status::kApplied;
  std::optional<Offset> offset;
  std::int64_t accepted_at_ms = 0;
  std::optional<std::int64_t> applied_at_ms;
};

/// The folded state at rest: profiles, counts, full histories, dead letters and, in the same
/// transaction, the cursor up to which the log is folded in. It can always be rebuilt from archive
/// and log, so a commit may be lost with the power as long as state and cursor are lost together.
///
/// Contract: ports/contract/profile_store_contract.h.
/// Threads: apply() and reset() from one thread at a time; the readers from any thread, and they
/// see whole steps only.
class ProfileStore {
 public:
  ProfileStore() = default;
  ProfileStore(const ProfileStore&) = delete;
  ProfileStore& operator=(const ProfileStore&) = delete;
  virtual ~ProfileStore() = default;

  virtual Result<FoldedTotals> totals() const = 0;

  /// Calls back with every stored profile, in order of user id, and every stored count. Keys are
  /// interned in the MovieTable the store was made with. All from one snapshot, whose totals are
  /// returned.
  virtual Result<FoldedTotals> load(const std::function<void(UserId, UserProfile)>& profile,
                                    const std::function<void(const CountDelta&)>& count) const = 0;

  /// The viewer's profile as stored; null for one without applied events. Keys as of load().
  virtual Result<std::shared_ptr<const UserProfile>> find_profile(const UserId& user) const = 0;

  /// Stores one step. kFailedPrecondition, nothing stored, when `before` is not the stored cursor
  /// (another process folded meanwhile); kConflict, nothing stored, when a (viewer, seq) or
  /// (viewer, event id) of `applied` is there already (a bug of the caller); kUnavailable or
  /// kResourceExhausted when the store is away or full: try again with the same step.
  virtual Result<void> apply(const FoldBatch& batch) = 0;

  /// The applied event of this viewer under this id; none when there is none.
  virtual Result<std::optional<AppliedEvent>> find_event(const UserId& user,
                                                         const EventId& id) const = 0;

  /// find_event() and find_profile() of many at once, in the same order: one round trip where that
  /// costs something.
  virtual Result<std::vector<std::optional<AppliedEvent>>> find_events(
      std::span<const EventKey> keys) const;
  virtual Result<std::vector<std::shared_ptr<const UserProfile>>> find_profiles(
      std::span<const UserId> users) const;

  /// What became of an event the fold has passed; none when it has not met it.
  virtual Result<std::optional<EventReceipt>> receipt(const UserId& user,
                                                      const EventId& id) const = 0;

  /// The viewer's applied events before `before_seq` (from the newest when none), at most `limit`.
  virtual Result<HistoryPage> history(const UserId& user, std::optional<std::uint64_t> before_seq,
                                      std::size_t limit) const = 0;

  /// The first `limit` dead letters by partition and sequence. A rebuild reads them before reset()
  /// and decides the same again.
  virtual Result<std::vector<DeadLetter>> dead_letters(std::size_t limit) const = 0;

  /// Repeats behind `after` (from the first when none) by partition and sequence, at most `limit`.
  virtual Result<std::vector<Deduplicated>> deduplicated(const std::optional<Offset>& after,
                                                         std::size_t limit) const = 0;

  /// Forgets everything folded, cursor and dead letters included, before a rebuild.
  virtual Result<void> reset() = 0;
};

}  // namespace marquee
