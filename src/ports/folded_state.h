#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "domain/movie_counts.h"
#include "domain/offset.h"
#include "domain/transition_counts.h"
#include "domain/user_profile.h"

namespace marquee {

/// The folded state as serving reads it, in memory. speed/ implements and feeds it.
///
/// Contract: ports/contract/folded_state_contract.h.
/// Threads: every method from any thread. A profile that was handed out never changes; a newer one
/// replaces it.
class FoldedState {
 public:
  FoldedState() = default;
  FoldedState(const FoldedState&) = delete;
  FoldedState& operator=(const FoldedState&) = delete;
  virtual ~FoldedState() = default;

  /// Null for a viewer without events.
  virtual std::shared_ptr<const UserProfile> find(const UserId& user) const = 0;

  /// Runs `read` on the counts while they cannot change; keep it short and copy what is needed.
  virtual void read_counts(const std::function<void(const MovieCounts&)>& read) const = 0;
  /// Grows with every change of the counts.
  virtual std::uint64_t counts_version() const = 0;

  /// Runs `read` on what viewers liked after what while it cannot change; keep it short. Follows
  /// from the profiles that find() shows, and from nothing else.
  virtual void read_transitions(const std::function<void(const TransitionCounts&)>& read) const = 0;
  /// Some of the viewers who like `movie` (liked_films()), at most kFirstViewersMax: while there
  /// are no more, all of them. In no particular order.
  virtual std::vector<UserId> first_viewers(MovieKey movie) const = 0;
  static constexpr std::size_t kFirstViewersMax = 32;

  /// The cursor behind the last event that find() shows.
  virtual Cursor applied() const = 0;

  /// Calls `done(true)` once the event at `offset` is applied (at once when it is already), or
  /// `done(false)` when `deadline` (steady clock) passes first. `done` runs exactly once, on the
  /// caller's thread or one of the state's; it must be quick.
  virtual void when_applied(const Offset& offset, std::chrono::steady_clock::time_point deadline,
                            std::function<void(bool)> done) = 0;
};

}  // namespace marquee
