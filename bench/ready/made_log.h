#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace marquee::bench {

/// Appends clicks and likes of `viewers` viewers on the films of the catalogue in `directory` to
/// its log until it ends at `end`, in frames of several thousand, as an owner would that nobody
/// waits for. The directory must not be open elsewhere.
Result<void> extend_log(const std::string& directory, std::uint64_t end, std::uint64_t viewers);

/// Moves the stored state's cursor to `end` as if the fold had applied all before it: histories
/// lack these events, and nothing else that a start reads does.
Result<void> move_cursor(const std::string& directory, std::uint64_t end);

}  // namespace marquee::bench
