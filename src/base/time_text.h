#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee {

inline constexpr std::int64_t kMillisecondsPerDay = 86'400'000;

/// `ms` since the Unix epoch as RFC 3339 UTC with milliseconds: "2025-01-03T02:00:00.000Z".
std::string format_rfc3339(std::int64_t ms);

/// Parses RFC 3339 (any offset, optional fraction) to milliseconds since the Unix epoch.
/// kInvalidArgument for anything else, including days that do not exist.
Result<std::int64_t> parse_rfc3339(std::string_view text);

/// Days since the Unix epoch of the UTC day that holds `ms`; floors for times before 1970.
std::int32_t utc_day(std::int64_t ms);

struct CivilDate {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};
/// The UTC calendar date of `ms`.
CivilDate civil_date(std::int64_t ms);

}  // namespace marquee
