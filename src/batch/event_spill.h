#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "domain/event.h"

namespace marquee::batch {

// Events in the temporary files of one process: fields as they lie in memory, no version, no
// checksum. Never kept, never read by another program.

/// Appends `event` to `out`. Ids longer than kIdLengthMax are not allowed.
void encode_spilled(const Event& event, std::string& out);

/// Reads the event at the front of `bytes` into `event` and returns its length; 0 when `bytes` does
/// not hold all of it.
std::size_t decode_spilled(std::string_view bytes, Event& event);

}  // namespace marquee::batch
