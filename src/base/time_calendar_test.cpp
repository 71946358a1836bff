// Dates against a calendar that is counted out day by day.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"

namespace marquee {
namespace {

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_of_month(int year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

/// Calls body(days since 1970, date) for every day of [1970, last_year].
template <typename Body>
void for_each_day(int last_year, const Body& body) {
  std::int64_t day = 0;
  for (int year = 1970; year <= last_year; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      for (unsigned of_month = 1; of_month <= days_of_month(year, month); ++of_month) {
        body(day++, CivilDate{year, month, of_month});
      }
    }
  }
}

bool same(const CivilDate& a, const CivilDate& b) {
  return a.year == b.year && a.month == b.month && a.day == b.day;
}

std::string text_of(const CivilDate& date, const char* rest) {
  const auto padded = [](unsigned number, std::size_t width) {
    const std::string digits = std::to_string(number);
    return std::string(width - digits.size(), '0') + digits;
  };
  return padded(static_cast<unsigned>(date.year), 4) + "-" + padded(date.month, 2) + "-" +
         padded(date.day, 2) + rest;
}

TEST(Calendar, EveryDayOfAWholeGregorianCycleHasItsDate) {
  for_each_day(1970 + 399, [](std::int64_t day, const CivilDate& wanted) {
    const std::int64_t first = day * kMillisecondsPerDay;
    ASSERT_TRUE(same(civil_date(first), wanted)) << day;
    ASSERT_TRUE(same(civil_date(first + kMillisecondsPerDay - 1), wanted)) << day;
    ASSERT_EQ(utc_day(first), day);
  });
}

TEST(Calendar, TheEndsOfEveryMonthAreWrittenAndReadRightUpToTheYear9999) {
  for_each_day(9999, [](std::int64_t day, const CivilDate& date) {
    if (date.day != 1 && date.day != days_of_month(date.year, date.month)) return;
    if (date.year % 7 != 0 && date.month != 2) return;  // a sample, but of every February
    const std::int64_t ms = day * kMillisecondsPerDay;
    ASSERT_EQ(format_rfc3339(ms), text_of(date, "T00:00:00.000Z"));
    const auto read = parse_rfc3339(text_of(date, "T23:59:59.999Z"));
    ASSERT_TRUE(read.ok());
    ASSERT_EQ(*read, ms + kMillisecondsPerDay - 1);
  });
}

TEST(Calendar, ADayMoreThanTheMonthHasIsRefused) {
  for (int year = 1970; year < 9999; year += 3) {
    for (unsigned month = 1; month <= 12; ++month) {
      const CivilDate beyond{year, month, days_of_month(year, month) + 1};
      ASSERT_FALSE(parse_rfc3339(text_of(beyond, "T00:00:00Z")).ok()) << year << "-" << month;
    }
  }
}

RC_GTEST_PROP(Rfc3339Property, AnOffsetMovesTheTimeByExactlyItself,
              (std::uint32_t seconds, std::uint16_t zone)) {
  const int minutes = zone % (24 * 60);
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const std::string clock = two(minutes / 60) + ":" + two(minutes % 60);
  const std::int64_t ms = std::int64_t{seconds} * 1000;
  const std::string local = format_rfc3339(ms).substr(0, 19);
  RC_ASSERT(*parse_rfc3339(local + "+" + clock) == ms - std::int64_t{minutes} * 60'000);
  RC_ASSERT(*parse_rfc3339(local + "-" + clock) == ms + std::int64_t{minutes} * 60'000);
}

RC_GTEST_PROP(Rfc3339Property, TextsOfTimesSortAsTheTimesDo, (std::uint32_t a, std::uint32_t b)) {
  const std::int64_t first = std::int64_t{a} * 997, second = std::int64_t{b} * 997;
  RC_ASSERT((format_rfc3339(first) < format_rfc3339(second)) == (first < second));
}

RC_GTEST_PROP(Rfc3339Property, NeverReadsPastOrCrashesOnNoise, (const std::string& noise)) {
  const std::string good = "2025-01-03T02:00:00.123+01:30";
  for (std::size_t i = 0; i < std::min(noise.size(), good.size()); ++i) {
    std::string damaged = good;
    damaged[i] = noise[i];
    const auto read = parse_rfc3339(damaged);
    if (!read.ok()) RC_ASSERT(read.error().code == ErrorCode::kInvalidArgument);
    RC_ASSERT(!parse_rfc3339(std::string_view(good).substr(0, i)).ok());
  }
}

TEST(Rfc3339Limits, TakesALeapSecondAsTheFirstOfTheNextMinute) {
  EXPECT_EQ(*parse_rfc3339("2016-12-31T23:59:60Z"), *parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2016-12-31T23:59:61Z").ok());
}

TEST(Rfc3339Limits, CutsWhatIsFinerThanAMillisecond) {
  EXPECT_EQ(*parse_rfc3339("1970-01-01T00:00:00.0009999999999999999999Z"), 0);
  EXPECT_EQ(*parse_rfc3339("1970-01-01T00:00:00.9999999999999999999999Z"), 999);
}

TEST(Rfc3339Limits, ReadsTheFirstAndTheLastYearThatHaveFourDigits) {
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("0000-01-01T00:00:00Z")), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("9999-12-31T23:59:59.999Z")), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace marquee
