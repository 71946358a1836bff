#include "scheduling/cron.h"

#include <array>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "base/time_text.h"
#include "scheduling/cron_field.h"

namespace marquee::scheduling {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdayNames{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};
const std::array<CronField, 5> kFields{{{"minute", 0, 59},
                                        {"hour", 0, 23},
                                        {"day of month", 1, 31},
                                        {"month", 1, 12, kMonthNames},
                                        {"day of week", 0, 7, kWeekdayNames}}};

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kMinutesPerDay = 1'440;
/// After so many days the Gregorian calendar, weekdays included, repeats.
constexpr std::int64_t kCalendarDays = 146'097;

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return words;
    text.remove_prefix(first);
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

template <std::size_t size>
Result<void> fill(std::bitset<size>& set, const CronField& field, std::string_view text) {
  MARQUEE_TRY(const auto values, parse_cron_field(field, text));
  for (const unsigned value : values) set.set(value);
  return {};
}

std::int64_t floor_minute(std::int64_t ms) { return ms / kMinuteMs - (ms % kMinuteMs < 0 ? 1 : 0); }

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  const auto words = words_of(text);
  const auto with_text = [&](const Error& error) {
    return error.with_context(fmt::format("schedule '{}'", text));
  };
  if (words.size() != kFields.size()) {
    return with_text(Error{
        ErrorCode::kInvalidArgument,
        fmt::format("want five fields (minute, hour, day of month, month, day of week), not {}",
                    words.size())});
  }
  Cron cron;
  cron.text_ = std::string(text);
  const auto filled = [&]() -> Result<void> {
    MARQUEE_CHECK(fill(cron.minutes_, kFields[0], words[0]));
    MARQUEE_CHECK(fill(cron.hours_, kFields[1], words[1]));
    MARQUEE_CHECK(fill(cron.days_, kFields[2], words[2]));
    MARQUEE_CHECK(fill(cron.months_, kFields[3], words[3]));
    return fill(cron.weekdays_, kFields[4], words[4]);
  }();
  if (!filled.ok()) return with_text(filled.error());
  if (cron.weekdays_[7]) cron.weekdays_.set(0);
  cron.either_day_ = !words[2].starts_with('*') && !words[4].starts_with('*');
  if (!cron.ever_fits()) {
    return with_text(
        Error{ErrorCode::kInvalidArgument,
              fmt::format("day of month '{}': never comes in month '{}'", words[2], words[3])});
  }
  return cron;
}

bool Cron::fits_day(std::int64_t day) const {
  const std::chrono::sys_days date{std::chrono::days{day}};
  const std::chrono::year_month_day civil{date};
  if (!months_[static_cast<unsigned>(civil.month())]) return false;
  const bool by_date = days_[static_cast<unsigned>(civil.day())];
  const bool by_weekday = weekdays_[std::chrono::weekday{date}.c_encoding()];
  return either_day_ ? by_date || by_weekday : by_date && by_weekday;
}

bool Cron::ever_fits() const {
  for (std::int64_t day = 0; day < kCalendarDays; ++day) {
    if (fits_day(day)) return true;
  }
  return false;
}

std::int64_t Cron::next_after(std::int64_t ms) const {
  std::int64_t minute = floor_minute(ms) + 1;
  std::int64_t day = utc_day(minute * kMinuteMs);
  for (std::int64_t in_day = minute - day * kMinutesPerDay;; ++day, in_day = 0) {
    if (!fits_day(day)) continue;
    for (; in_day < kMinutesPerDay; ++in_day) {
      const auto hour = static_cast<std::size_t>(in_day / 60);
      if (hours_[hour] && minutes_[static_cast<std::size_t>(in_day % 60)]) {
        return (day * kMinutesPerDay + in_day) * kMinuteMs;
      }
    }
  }
}

std::int64_t Cron::last_until(std::int64_t ms) const {
  const std::int64_t minute = floor_minute(ms);
  std::int64_t day = utc_day(minute * kMinuteMs);
  for (std::int64_t in_day = minute - day * kMinutesPerDay;; --day, in_day = kMinutesPerDay - 1) {
    if (!fits_day(day)) continue;
    for (; in_day >= 0; --in_day) {
      const auto hour = static_cast<std::size_t>(in_day / 60);
      if (hours_[hour] && minutes_[static_cast<std::size_t>(in_day % 60)]) {
        return (day * kMinutesPerDay + in_day) * kMinuteMs;
      }
    }
  }
}

}  // namespace marquee::scheduling
