#include "base/time_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

TEST(Rfc3339, WritesUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(1'735'869'600'123), "2025-01-03T02:00:00.123Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsEveryOffsetAndFraction) {
  EXPECT_EQ(*parse_rfc3339("2025-01-03T02:00:00Z"), 1'735'869'600'000);
  EXPECT_EQ(*parse_rfc3339("2025-01-03T02:00:00.5Z"), 1'735'869'600'500);
  EXPECT_EQ(*parse_rfc3339("2025-01-03t02:00:00.123456z"), 1'735'869'600'123);
  EXPECT_EQ(*parse_rfc3339("2025-01-03T03:30:00+01:30"), 1'735'869'600'000);
  EXPECT_EQ(*parse_rfc3339("2025-01-02T20:00:00-06:00"), 1'735'869'600'000);
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z").ok());
}

TEST(Rfc3339, RefusesWhatIsNoSuchTime) {
  for (const char* text :
       {"", "2025", "2025-01-03", "2025-01-03T02:00:00", "2025-13-03T02:00:00Z",
        "2025-02-29T00:00:00Z", "2025-01-03T24:00:00Z", "2025-01-03T02:60:00Z",
        "2025-01-03T02:00:00.Z", "2025-01-03T02:00:00+0100", "2025-01-03T02:00:00Zx",
        "2025/01/03T02:00:00Z", "+025-01-03T02:00:00Z", "2025-01-03T02:00:00+24:00"}) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

RC_GTEST_PROP(Rfc3339, ReadsBackWhatItWrote, (std::int32_t seconds, std::uint16_t fraction)) {
  const std::int64_t ms = std::int64_t{seconds} * 1000 + fraction % 1000;
  RC_ASSERT(*parse_rfc3339(format_rfc3339(ms)) == ms);
}

TEST(UtcDay, FloorsAlsoBefore1970) {
  EXPECT_EQ(utc_day(0), 0);
  EXPECT_EQ(utc_day(kMillisecondsPerDay - 1), 0);
  EXPECT_EQ(utc_day(kMillisecondsPerDay), 1);
  EXPECT_EQ(utc_day(-1), -1);
  EXPECT_EQ(utc_day(-kMillisecondsPerDay), -1);
  EXPECT_EQ(utc_day(-kMillisecondsPerDay - 1), -2);
}

TEST(CivilDate, IsTheCalendarOfUtc) {
  const CivilDate date = civil_date(1'735'869'600'123);
  EXPECT_EQ(date.year, 2025);
  EXPECT_EQ(date.month, 1U);
  EXPECT_EQ(date.day, 3U);
}

}  // namespace
}  // namespace marquee
