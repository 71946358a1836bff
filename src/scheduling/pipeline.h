#pragma once

#include <array>
#include <span>
#include <string_view>

namespace marquee::scheduling {

/// The one pipeline there is.
inline constexpr std::string_view kBatchPipeline = "batch";

/// Its stages in their order; each is `marquee batch STAGE`.
inline constexpr std::array<std::string_view, 6> kBatchStages{"archive",  "train",   "evaluate",
                                                              "generate", "publish", "invalidate"};

}  // namespace marquee::scheduling
