#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::scheduling {

/// What one field of a cron schedule may hold.
struct CronField {
  std::string_view name;  ///< in errors: "day of month"
  unsigned min = 0;
  unsigned max = 0;
  /// Names for min, min + 1, …; lower case.
  std::span<const std::string_view> names = {};
};

/// Every value that `text` takes, ascending ranges as they stand, with repeats. kInvalidArgument,
/// naming the field, for anything else.
Result<std::vector<unsigned>> parse_cron_field(const CronField& field, std::string_view text);

}  // namespace marquee::scheduling
