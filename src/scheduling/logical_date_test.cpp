// Goal: a run stands for the day before it was due, and its id names that day once.

#include "scheduling/logical_date.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"
#include "domain/ids.h"
#include "ports/object_store.h"

namespace marquee::scheduling {
namespace {

std::int64_t second_at(const std::string& text) { return parse_rfc3339(text + "Z").value(); }

TEST(LogicalDate, IsTheDayBeforeTheRunWasDue) {
  EXPECT_EQ(logical_date_of(second_at("2026-11-25T02:00:00")), "2026-11-24");
  EXPECT_EQ(logical_date_of(second_at("2026-11-25T00:00:00")), "2026-11-24");
  EXPECT_EQ(logical_date_of(second_at("2026-11-25T23:59:59")), "2026-11-24");
  EXPECT_EQ(logical_date_of(second_at("2028-03-01T02:00:00")), "2028-02-29");
  EXPECT_EQ(logical_date_of(second_at("2027-01-01T02:00:00")), "2026-12-31");
}

TEST(ScheduledRunId, IsTheLogicalDate) {
  EXPECT_EQ(scheduled_run_id(Cron::parse("0 2 * * *").value(), second_at("2026-11-25T02:00:00")),
            "2026-11-24");
  EXPECT_EQ(scheduled_run_id(Cron::parse("0 3 * * *").value(), second_at("2026-11-25T03:00:00")),
            "2026-11-24")
      << "a schedule that was moved does not run the same day twice";
}

TEST(ScheduledRunId, HasTheTimeBehindItWhenADayHoldsSeveral) {
  EXPECT_EQ(scheduled_run_id(Cron::parse("*/30 * * * *").value(), second_at("2026-11-25T14:30:00")),
            "2026-11-24-1430");
}

RC_GTEST_PROP(ScheduledRunIdProperty, IsDifferentForEveryTick, ()) {
  const auto cron = Cron::parse(*rc::gen::elementOf(std::vector<std::string>{
                                    "* * * * *", "7 */3 * * *", "0 2 * * *", "0 0 1 * mon"}))
                        .value();
  std::int64_t tick = *rc::gen::inRange(std::int64_t{0}, second_at("2100-01-01T00:00:00"));
  std::set<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    tick = cron.next_after(tick);
    const std::string id = scheduled_run_id(cron, tick);
    RC_ASSERT(is_valid_id(id));
    RC_ASSERT(check_object_key(id).ok());
    RC_ASSERT(ids.insert(id).second);
  }
}

TEST(ManualRunId, IsItsTime) {
  EXPECT_EQ(manual_run_id(second_at("2026-11-25T10:15:09")), "manual-20261125T101509Z");
  EXPECT_TRUE(is_valid_id(manual_run_id(0)));
}

TEST(CheckLogicalDate, TakesExistingDaysOnly) {
  EXPECT_TRUE(check_logical_date("2028-02-29").ok());
  for (const char* wrong : {"", "2026-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01 ",
                            "2026-01-01T00:00:00Z", "yesterday", "2026/01/01"}) {
    EXPECT_FALSE(check_logical_date(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace marquee::scheduling
