#pragma once

#include "adapters/embedded/sqlite/connection.h"
#include "base/result.h"
#include "domain/event.h"
#include "ports/recommendation_log.h"

namespace marquee::embedded {

// Click-through is kept, not computed: `list_clicks` holds the standing clicks of each (list, film,
// viewer) and `click_totals` the three sums, changed in the transactions that change what they
// count. Reading them is one row, however long the log is. `clicked` counts the (list, film) pairs
// with standing > 0 whose logged list belongs to the viewer and holds the film; it is looked up
// when a pair's first click arrives or its last one goes, and when a list is logged after its
// clicks. All inside a transaction of the caller; events that are no clicks change nothing.

Result<void> add_click(SqliteConnection& connection, const Event& event);
Result<void> remove_click(SqliteConnection& connection, const Event& event);
/// After `list` was inserted: it, its films and the clicks that came before it. For
/// add_to_totals(), once for the lists of a transaction.
Result<ClickThrough> count_list(SqliteConnection& connection, const ShownList& list);
Result<void> add_to_totals(SqliteConnection& connection, const ClickThrough& counted);
/// Before a rebuild: no clicks; lists and films shown stay.
Result<void> forget_clicks(SqliteConnection& connection);
Result<ClickThrough> read_click_totals(SqliteConnection& connection);

}  // namespace marquee::embedded
