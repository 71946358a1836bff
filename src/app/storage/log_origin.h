#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/offset.h"
#include "ports/event_log.h"
#include "ports/fold_origin.h"

namespace marquee::app {

/// Whether `log`, called `name` in messages, is the one of which the state was folded up to
/// `folded`: kDataLoss when it ends before that, or when the last event that was applied of a
/// partition is not where it was. So a topic that was deleted and made again is noticed however
/// long it has become; names and numbers say nothing about that. What the log no longer keeps is
/// taken for right. Asks for up to `patience`, as a broker that has just started may know less than
/// it has; kUnavailable when it does not answer.
Result<void> check_folded_from(EventLog& log, const std::string& name, const Cursor& folded,
                               const std::vector<FoldedEvent>& last_applied,
                               std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace marquee::app
