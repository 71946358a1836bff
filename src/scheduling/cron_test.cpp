// Goal: a schedule ticks exactly when crontab(5) says, and a wrong one is refused by its field.

#include "scheduling/cron.h"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"

namespace marquee::scheduling {
namespace {

using ::testing::HasSubstr;

std::int64_t minute_at(const std::string& text) { return parse_rfc3339(text + ":00Z").value(); }

std::string next(const std::string& schedule, const std::string& after) {
  const auto cron = Cron::parse(schedule);
  EXPECT_TRUE(cron.ok()) << cron.error().message;
  return format_rfc3339(cron->next_after(minute_at(after))).substr(0, 16);
}

TEST(Cron, TicksEveryNightAtTwo) {
  EXPECT_EQ(next("0 2 * * *", "2026-11-25T01:59"), "2026-11-25T02:00");
  EXPECT_EQ(next("0 2 * * *", "2026-11-25T02:00"), "2026-11-26T02:00") << "after, not at";
  EXPECT_EQ(next("0 2 * * *", "2026-12-31T12:00"), "2027-01-01T02:00");
}

TEST(Cron, TakesStepsRangesListsAndNames) {
  EXPECT_EQ(next("*/15 * * * *", "2026-11-25T10:16"), "2026-11-25T10:30");
  EXPECT_EQ(next("5-59/20 * * * *", "2026-11-25T10:45"), "2026-11-25T11:05");
  EXPECT_EQ(next("0 9-17/4 * * *", "2026-11-25T09:00"), "2026-11-25T13:00");
  EXPECT_EQ(next("0,30 8,20 * * *", "2026-11-25T08:30"), "2026-11-25T20:00");
  EXPECT_EQ(next("0 0 * feb,Oct *", "2026-11-25T00:00"), "2027-02-01T00:00");
  EXPECT_EQ(next("0 0 * * MON-wed", "2026-11-25T00:00"), "2026-11-30T00:00");
  EXPECT_EQ(next("  0\t2  * * * ", "2026-11-25T00:00"), "2026-11-25T02:00");
}

TEST(Cron, HasSundayAsZeroAndAsSeven) {
  for (const char* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 6-7"}) {
    EXPECT_EQ(next(sunday, "2026-11-28T00:00"), "2026-11-29T00:00") << sunday;
  }
}

TEST(Cron, KnowsLeapYears) {
  EXPECT_EQ(next("0 0 29 2 *", "2026-01-01T00:00"), "2028-02-29T00:00");
  EXPECT_EQ(next("0 0 29 2 *", "2096-03-01T00:00"), "2104-02-29T00:00") << "2100 has none";
  EXPECT_EQ(next("0 0 29 2 *", "1999-03-01T00:00"), "2000-02-29T00:00") << "2000 has one";
  EXPECT_EQ(next("0 0 31 * *", "2026-11-01T00:00"), "2026-12-31T00:00") << "November has none";
}

TEST(Cron, TakesADayThatFitsEitherDayFieldWhenBothAreRestricted) {
  EXPECT_EQ(next("0 0 13 * fri", "2026-11-25T00:00"), "2026-11-27T00:00") << "a Friday";
  EXPECT_EQ(next("0 0 13 * fri", "2026-12-11T00:00"), "2026-12-13T00:00") << "a 13th";
  EXPECT_EQ(next("0 0 13 * *", "2026-11-25T00:00"), "2026-12-13T00:00");
  EXPECT_EQ(next("0 0 * * fri", "2026-11-25T00:00"), "2026-11-27T00:00");
  EXPECT_EQ(next("0 0 */2 * fri", "2026-11-20T00:00"), "2026-11-27T00:00")
      << "*/2 begins with a star: an odd day and a Friday";
  EXPECT_EQ(next("0 0 30 2 mon", "2027-01-30T00:00"), "2027-02-01T00:00")
      << "the 30th never comes, Mondays do";
}

TEST(Cron, SaysWhetherADayHoldsSeveralTicks) {
  EXPECT_FALSE(Cron::parse("0 2 * * *")->several_a_day());
  EXPECT_FALSE(Cron::parse("30 4 1 * mon")->several_a_day());
  EXPECT_TRUE(Cron::parse("0 2,14 * * *")->several_a_day());
  EXPECT_TRUE(Cron::parse("*/30 2 * * *")->several_a_day());
}

struct Refused {
  const char* schedule;
  const char* field;
};

TEST(Cron, RefusesNonsenseByItsField) {
  const std::vector<Refused> table{{"", "five fields"},
                                   {"0 2 * *", "five fields"},
                                   {"0 2 * * * *", "five fields"},
                                   {"@daily", "five fields"},
                                   {"60 * * * *", "minute '60': want 0 to 59"},
                                   {"-1 * * * *", "minute"},
                                   {"1.5 * * * *", "minute"},
                                   {"+1 * * * *", "minute"},
                                   {"99999999999999999999 * * * *", "minute"},
                                   {"* 24 * * *", "hour '24'"},
                                   {"* 2- * * *", "hour"},
                                   {"* -2 * * *", "hour"},
                                   {"* 5-2 * * *", "hour '5-2': the range runs backwards"},
                                   {"* 1-2-3 * * *", "hour"},
                                   {"* * 0 * *", "day of month '0'"},
                                   {"* * 32 * *", "day of month '32'"},
                                   {"* * L * *", "day of month 'L'"},
                                   {"* * * 13 *", "month '13': want 1 to 12 or a name such as jan"},
                                   {"* * * mon *", "month 'mon'"},
                                   {"* * * * 8", "day of week '8'"},
                                   {"* * * * jan", "day of week 'jan'"},
                                   {"* * * * fri#2", "day of week"},
                                   {"*/0 * * * *", "minute '*/0': want a step from 1 to 59"},
                                   {"*/ * * * *", "minute"},
                                   {"*/x * * * *", "minute"},
                                   {"5/10 * * * *", "minute '5/10': a step wants * or a range"},
                                   {"1,,2 * * * *", "minute"},
                                   {", * * * *", "minute"},
                                   {"** * * * *", "minute"},
                                   {"0 0 30 2 *", "never comes in month '2'"},
                                   {"0 0 31 4,6,9,11 *", "never comes"}};
  for (const Refused& row : table) {
    const auto cron = Cron::parse(row.schedule);
    ASSERT_FALSE(cron.ok()) << row.schedule;
    EXPECT_EQ(cron.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(cron.error().message, HasSubstr(row.field)) << row.schedule;
  }
}

// ---- the slow reference: looks at every minute, with sets written down by hand -----------------

struct Item {
  unsigned first, last, step;
  bool star;
  std::string text() const {
    std::string out = star ? "*" : std::to_string(first);
    if (!star && last != first) out += "-" + std::to_string(last);
    if (step > 1) out += "/" + std::to_string(step);
    return out;
  }
  bool holds(unsigned value) const {
    return value >= first && value <= last && (value - first) % step == 0;
  }
};

struct Field {
  std::vector<Item> items;
  std::string text() const {
    std::string out;
    for (const Item& item : items) out += (out.empty() ? "" : ",") + item.text();
    return out;
  }
  bool holds(unsigned value) const {
    return std::any_of(items.begin(), items.end(), [&](const Item& i) { return i.holds(value); });
  }
};

Field any_field(unsigned min, unsigned max) {
  Field field;
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) {
    Item item{min, max, 1, *rc::gen::inRange(0, 3) == 0};
    if (!item.star) {
      item.first = *rc::gen::inRange(min, max + 1);
      item.last = *rc::gen::inRange(item.first, max + 1);
    }
    if (item.star || item.last > item.first) item.step = *rc::gen::inRange(1U, 8U);
    field.items.push_back(item);
  }
  return field;
}

struct Reference {
  Field minute = any_field(0, 59);
  Field hour = any_field(0, 23);
  Field day = any_field(1, 31);
  Field month = any_field(1, 12);
  Field weekday = any_field(0, 7);

  std::string text() const {
    return minute.text() + " " + hour.text() + " " + day.text() + " " + month.text() + " " +
           weekday.text();
  }
  bool ticks(std::int64_t ms) const {
    const std::int64_t of_day = utc_day(ms);
    const auto in_day = static_cast<unsigned>((ms - of_day * kMillisecondsPerDay) / 60'000);
    if (!minute.holds(in_day % 60) || !hour.holds(in_day / 60)) return false;
    const CivilDate date = civil_date(ms);
    if (!month.holds(date.month)) return false;
    const auto from_sunday = static_cast<unsigned>((of_day % 7 + 11) % 7);  // 1970-01-01: Thursday
    const bool by_weekday = weekday.holds(from_sunday) || (from_sunday == 0 && weekday.holds(7));
    const bool free = day.items.front().star || weekday.items.front().star;
    return free ? day.holds(date.day) && by_weekday : day.holds(date.day) || by_weekday;
  }
};

RC_GTEST_PROP(CronProperty, AgreesWithALookAtEveryMinute, ()) {
  const Reference reference;
  const auto cron = Cron::parse(reference.text());
  if (!cron.ok()) {  // the one refusal that a well-formed schedule can meet
    RC_ASSERT(cron.error().message.find("never comes") != std::string::npos);
    return;
  }
  const std::int64_t start =
      *rc::gen::inRange(minute_at("1968-01-01T00:00"), minute_at("2104-12-31T00:00"));
  constexpr std::int64_t kMinutes = 3 * 1'440;
  std::int64_t first = (start - (start % 60'000 + 60'000) % 60'000) + 60'000;
  std::optional<std::int64_t> expected;  // 0 is a minute like any other
  for (std::int64_t i = 0; i < kMinutes && !expected; ++i, first += 60'000) {
    if (reference.ticks(first)) expected = first;
  }
  const std::int64_t found = cron->next_after(start);
  if (expected) {
    RC_ASSERT(found == *expected);
  } else {
    RC_ASSERT(found >= first);
    RC_ASSERT(reference.ticks(found));
  }
  RC_ASSERT(cron->last_until(found) == found);
  RC_ASSERT(cron->last_until(found - 1) <= start);
}

RC_GTEST_PROP(CronProperty, SurvivesAnyText, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(
      5, rc::gen::container<std::string>(rc::gen::elementOf(std::string("*/-,0123456789amonju"))));
  std::ostringstream text;
  for (const std::string& word : words) text << word << ' ';
  const auto cron = Cron::parse(text.str());
  if (cron.ok()) RC_ASSERT(cron->next_after(0) > 0);
}

}  // namespace
}  // namespace marquee::scheduling
