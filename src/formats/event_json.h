#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/event.h"

namespace marquee::formats {

/// Appends `event` in the stored JSON form (docs/formats/event.md), members in the document's
/// order: {"v":1,"event_id",…,"ts","accepted_at"}.
void append_event_json(std::string& out, const Event& event);

/// Reads what append_event_json wrote, any version up to 1; unknown members are ignored (a newer
/// writer). kDataLoss when it is not such an event.
Result<Event> parse_event_json(std::string_view json);

}  // namespace marquee::formats
