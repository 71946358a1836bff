#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "adapters/postgres/database.h"
#include "base/result.h"
#include "domain/event.h"
#include "ports/recommendation_log.h"

namespace marquee::postgres {

// Click-through is kept, not computed: `list_clicks` holds the standing clicks of each (list, film,
// viewer) and `click_totals` the sums, changed in the transactions that change what they count.
// `clicked` counts the (list, film) pairs with standing > 0 whose logged list belongs to the viewer
// and holds the film; it is looked up when a pair's first click arrives or its last one goes, and
// when a list is logged after its clicks.
//
// A click and its list may come at the same time from two processes, neither of which would see the
// other's. So whoever folds clicks shares an advisory lock (folds do not wait for one another) and
// whoever logs lists has it alone. All inside a transaction of the caller.

/// The slot of click_totals that the recommendation log adds to; a fold adds to its partition's.
inline constexpr std::int32_t kListsSlot = -2;

/// Counts the clicks among `applied` and takes back those among `undone`.
Result<void> count_clicks(PostgresTransaction& transaction, std::span<const Event> applied,
                          std::span<const Event> undone, std::int32_t slot);
/// Logs the lists that are not there yet, and counts them, their films and the clicks that came
/// before them.
Result<void> log_lists(PostgresTransaction& transaction, std::span<const ShownList> lists);
/// Before a rebuild: no clicks; lists and films shown stay.
Result<void> forget_clicks(PostgresTransaction& transaction);
Statement click_totals_statement();
ClickThrough read_click_totals(const Rows& rows);

}  // namespace marquee::postgres
