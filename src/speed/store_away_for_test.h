#pragma once

#include "base/result.h"

namespace marquee::speed {

/// What a store answers while it cannot be reached.
inline const Error kAway{ErrorCode::kUnavailable, "the store is away"};

}  // namespace marquee::speed
