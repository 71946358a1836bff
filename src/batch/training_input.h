#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/offset.h"
#include "models/interaction_matrix.h"
#include "ports/event_log.h"
#include "ports/object_store.h"

namespace marquee::batch {

/// What a training run reads, and up to where.
struct TrainingInput {
  models::InteractionMatrix matrix;
  std::uint64_t history_events = 0;
  std::uint64_t log_events = 0;
  Cursor log_end;  ///< behind the last event that was read
};

/// Reads, but for reserved viewers (domain/ids.h) and records that are no events, imported history,
/// then the archived log and `log` (may be null) up to `end`. Errors: kDataLoss from any;
/// kFailedPrecondition when all together hold no positive event.
Result<TrainingInput> collect_training_input(const ObjectStore& objects, EventLog* log,
                                             const Cursor& end);

}  // namespace marquee::batch
