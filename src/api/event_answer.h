#pragma once

#include <optional>
#include <vector>

#include "http/message.h"
#include "ingest/ingestor.h"

namespace marquee::api {

/// The answer to an event that was posted alone: 202, 200 for a repeat, or a problem.
http::Response answer_to_event(const ingest::Ingestor::Outcome& outcome);

/// The answer to events that were posted together: 207, one result each in their order.
/// `refused[i]` is the problem of an event that never became a draft; the others take `outcomes` in
/// order. When the log took none of them, its refusal is the whole answer, so that a client need
/// not look into every result to know that it must send all again.
http::Response answer_to_events(const std::vector<std::optional<http::Response>>& refused,
                                const std::vector<ingest::Ingestor::Outcome>& outcomes);

}  // namespace marquee::api
