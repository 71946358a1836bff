#include "base/time_text.h"

#include <chrono>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace marquee {
namespace {

bool read_digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  out = value;
  return true;
}

Error bad_time(std::string_view text) {
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("'{}' is no RFC 3339 time such as 2025-01-03T02:00:00Z", text)};
}

/// Reads ".fff…" at `at` as milliseconds (further digits are cut) and moves `at` past it.
bool read_fraction(std::string_view text, std::size_t& at, int& ms) {
  ms = 0;
  if (at >= text.size() || text[at] != '.') return true;
  const std::size_t first = ++at;
  int scale = 100;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    ms += (text[at++] - '0') * scale;
    scale /= 10;
  }
  return at > first;
}

/// Reads "Z" or "±hh:mm" at `at`, which must end the text; minutes east of UTC.
bool read_zone(std::string_view text, std::size_t at, int& minutes) {
  minutes = 0;
  if (at >= text.size()) return false;
  if ((text[at] == 'Z' || text[at] == 'z') && at + 1 == text.size()) return true;
  if (text[at] != '+' && text[at] != '-') return false;
  int hours = 0, rest = 0;
  if (text.size() != at + 6 || text[at + 3] != ':' || !read_digits(text, at + 1, 2, hours) ||
      !read_digits(text, at + 4, 2, rest) || hours > 23 || rest > 59) {
    return false;
  }
  minutes = (hours * 60 + rest) * (text[at] == '-' ? -1 : 1);
  return true;
}

}  // namespace

std::string format_rfc3339(std::int64_t ms) {
  const CivilDate date = civil_date(ms);
  const std::int64_t in_day = ms - std::int64_t{utc_day(ms)} * kMillisecondsPerDay;
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"), date.year,
                     date.month, date.day, in_day / 3'600'000, in_day / 60'000 % 60,
                     in_day / 1000 % 60, in_day % 1000);
}

Result<std::int64_t> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0, zone = 0;
  if (!read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) ||
      !read_digits(text, 8, 2, day) || !read_digits(text, 11, 2, hour) ||
      !read_digits(text, 14, 2, minute) || !read_digits(text, 17, 2, second)) {
    return bad_time(text);
  }
  const bool separators = text[4] == '-' && text[7] == '-' && text[13] == ':' && text[16] == ':' &&
                          (text[10] == 'T' || text[10] == 't' || text[10] == ' ');
  std::size_t at = 19;
  if (!separators || !read_fraction(text, at, fraction) || !read_zone(text, at, zone)) {
    return bad_time(text);
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad_time(text);
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + hour * 3'600 + (minute - zone) * 60 + second;
  return seconds * 1000 + fraction;
}

std::int32_t utc_day(std::int64_t ms) {
  const std::int64_t day = ms / kMillisecondsPerDay - (ms % kMillisecondsPerDay < 0 ? 1 : 0);
  return static_cast<std::int32_t>(day);
}

CivilDate civil_date(std::int64_t ms) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{std::int64_t{utc_day(ms)}}}};
  return CivilDate{static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day())};
}

}  // namespace marquee
