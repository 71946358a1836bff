#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"
#include "domain/movie_counts.h"
#include "domain/movie_table.h"
#include "domain/user_profile.h"
#include "ports/profile_store.h"

namespace marquee::speed {

/// One event on its way into the fold. Imported history has no offset.
struct FoldItem {
  Event event;
  std::optional<Offset> offset;
  std::uint64_t fingerprint = 0;
  std::string poison = {};  ///< LogRecord::poison
};

/// What applying one event produced besides the changed profile and counts.
struct FoldStep {
  AppliedEvent row;                         ///< for the viewer's history; applied_at_ms is left 0
  std::optional<std::uint64_t> undone_seq;  ///< the viewer's row that is taken back from now on
};

/// Why `event` can never be folded (kInvalidArgument), whatever the state: what the door would have
/// refused but another writer of the log did not. Depends on the event alone, so that every rebuild
/// decides the same.
Result<void> check_foldable(const Event& event);

/// Applies one event that check_foldable() passes to its viewer's profile, and appends the changes
/// of the counts to `counts`. The pure heart of the speed layer: no wall clock, no randomness, no
/// floating-point arithmetic; what it gives depends on the arguments only (but for the keys that
/// `movies` deals to films it has not met).
///
///   every event     takes the next seq; version and history_size grow by one
///   impression      nothing else
///   undo            takes back `undone`, the row of the event that `item` names, once: its counts
///                   and its place in `recent` go, and its effect on the watch list is reversed.
///                   Without effect when `undone` is null, an undo itself, or taken back already.
///   all others      join `recent` (the last UserProfile::kRecentMax stand) and count for their
///                   film as seen, positive and hidden; watchlist_add and _remove set the watch
///                   list
///
/// A reserved viewer (domain/ids.h) is known by its latest event alone, counts for nothing and has
/// no history, so that its state stays small however long it goes on; its undos are without effect.
///
/// The viewer's first standing positive for a film counts for the film (+1) on the UTC day of the
/// event's own time; when the last one is taken back, that very count is subtracted. What falls out
/// of `recent` by its bound does not come back when a later event is undone. A watch-list event
/// that is taken back leaves the list to the latest one for the film still in `recent`; when there
/// is none, an undone add means off and an undone remove means on the list.
FoldStep apply_event(UserProfile& profile, std::vector<CountDelta>& counts, const FoldItem& item,
                     const AppliedEvent* undone, MovieTable& movies);

}  // namespace marquee::speed
