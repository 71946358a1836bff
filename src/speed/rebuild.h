#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "domain/event.h"
#include "domain/movie_table.h"
#include "ports/event_log.h"
#include "ports/profile_store.h"

namespace marquee::speed {

/// Hands out imported history in order, batch by batch; an empty batch ends it.
using HistorySource = std::function<Result<std::vector<Event>>()>;

/// Folds `history`, then `log` up to `until` (its end when none), into `store`, which must be
/// empty. This is how an import becomes state and what a rebuild does. Memory does not grow with
/// the events or viewers: of the profiles some `profile_bytes_max` are kept, the others are read
/// back.
Result<FoldTotals> fold_from_zero(const HistorySource& history, EventLog* log,
                                  std::optional<Cursor> until, ProfileStore& store,
                                  MovieTable& movies,
                                  std::size_t profile_bytes_max = std::size_t{128} << 20);

/// Folds what `log` has behind the stored cursor into `store`, on the caller's thread: what a
/// server that was stopped before it had caught up does at its next start. Returns the totals after
/// it.
Result<FoldTotals> fold_pending(EventLog& log, ProfileStore& store, MovieTable& movies,
                                std::int64_t now_ms);

/// SHA-256 over every profile and count of `store` in canonical order, with the cursor and totals
/// it belongs to. The same events give the same hash on every adapter and machine.
struct StateHash {
  std::string hex;
  FoldedTotals at;
};
Result<StateHash> hash_state(const ProfileStore& store, const MovieTable& movies);

}  // namespace marquee::speed
