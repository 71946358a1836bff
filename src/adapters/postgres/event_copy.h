#pragma once

#include <vector>

#include "adapters/postgres/database.h"
#include "ports/profile_store.h"

namespace marquee::postgres {

/// From so many on, events of one step go by COPY: imports and moves between profiles have
/// thousands in a step, the live fold a few dozen, for which a COPY is three round trips more.
inline constexpr std::size_t kCopiedEventsMin = 500;

/// Writes `applied` into the history by COPY. kConflict when one is there already.
Result<void> copy_events(PostgresTransaction& transaction,
                         const std::vector<AppliedEvent>& applied);

}  // namespace marquee::postgres
