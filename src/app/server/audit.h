#pragma once

#include <chrono>

#include "api/operations.h"
#include "base/result.h"
#include "ports/event_log.h"
#include "ports/profile_store.h"

namespace marquee::app {

/// The durable half of the conservation law: what the log holds over all its partitions, and what
/// became of it. What another process folded may be news to this one's view of the log's end: the
/// log is asked again for up to `patience`. A fold that is ahead even then of a log that is well
/// shows as a sum that does not hold; of one that does not answer, its error.
Result<api::Audit> audit_of(const EventLog& log, const FoldedTotals& folded,
                            std::chrono::milliseconds patience = std::chrono::seconds(2));

}  // namespace marquee::app
