#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace marquee::scheduling {

/// A schedule in the five fields of crontab(5): minute, hour, day of month, month, day of week, in
/// UTC. Each is `*`, a number, a range `2-5`, or a list of these with commas; `/3` behind `*` or a
/// range takes every third. Months and days of the week may be named (`jan`, `MON`); Sunday is 0
/// and 7. As in Vixie cron, when neither day field begins with `*` a day fits that fits either of
/// them, else it must fit both. No seconds, no `@daily`, no `L`, `W` or `#`. Immutable.
class Cron {
 public:
  /// kInvalidArgument, naming the field and what is wrong in it, also for a day that never comes
  /// (30 February).
  static Result<Cron> parse(std::string_view text);

  /// The first tick after `ms` (milliseconds since 1970; ticks lie on whole minutes).
  std::int64_t next_after(std::int64_t ms) const;
  /// The last tick at or before `ms`.
  std::int64_t last_until(std::int64_t ms) const;
  /// Whether one day can hold several ticks.
  bool several_a_day() const { return minutes_.count() * hours_.count() > 1; }
  /// As it was given.
  const std::string& text() const { return text_; }

 private:
  Cron() = default;
  bool fits_day(std::int64_t day) const;
  /// Whether any day of 400 years, after which the calendar repeats, fits.
  bool ever_fits() const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  ///< 0 is Sunday; 7 is folded into it
  bool either_day_ = false;  ///< day of month OR day of week
};

}  // namespace marquee::scheduling
