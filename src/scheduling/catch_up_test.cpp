// Goal: each policy picks the ticks it promises, whatever was missed.

#include "scheduling/catch_up.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"

namespace marquee::scheduling {
namespace {

constexpr std::int64_t kDay = kMillisecondsPerDay;
const std::int64_t kTwoOClock = parse_rfc3339("2026-11-25T02:00:00Z").value();

const Cron& nightly() {
  static const Cron kCron = Cron::parse("0 2 * * *").value();
  return kCron;
}

std::optional<std::int64_t> due(std::int64_t dealt_until, std::int64_t now, CatchUp policy,
                                std::size_t count_max = 3) {
  return due_tick(nightly(), dealt_until, now, policy, count_max);
}

TEST(CatchUp, HasThreeNames) {
  EXPECT_EQ(*parse_catch_up("none"), CatchUp::kNone);
  EXPECT_EQ(*parse_catch_up("latest"), CatchUp::kLatest);
  EXPECT_EQ(*parse_catch_up("all"), CatchUp::kAll);
  EXPECT_EQ(parse_catch_up("Latest").error().code, ErrorCode::kInvalidArgument);
}

TEST(DueTick, IsTheTickOfTheMomentUnderEveryPolicy) {
  for (const CatchUp policy : {CatchUp::kNone, CatchUp::kLatest, CatchUp::kAll}) {
    EXPECT_FALSE(due(kTwoOClock - kDay, kTwoOClock - 1, policy));
    EXPECT_EQ(due(kTwoOClock - kDay, kTwoOClock, policy), kTwoOClock);
    EXPECT_EQ(due(kTwoOClock - kDay, kTwoOClock + kOnTimeMs, policy), kTwoOClock);
    EXPECT_FALSE(due(kTwoOClock, kTwoOClock + 1, policy)) << "dealt with already";
  }
}

TEST(DueTick, SkipsWhatWasMissedUnderNone) {
  EXPECT_FALSE(due(kTwoOClock - kDay, kTwoOClock + kOnTimeMs + 1, CatchUp::kNone));
  EXPECT_EQ(due(kTwoOClock - 9 * kDay, kTwoOClock + 1, CatchUp::kNone), kTwoOClock);
}

TEST(DueTick, IsTheNewestMissedOneUnderLatest) {
  EXPECT_EQ(due(kTwoOClock - 9 * kDay, kTwoOClock + kDay / 2, CatchUp::kLatest), kTwoOClock);
}

TEST(DueTick, IsTheOldestOfTheNewestFewUnderAll) {
  EXPECT_EQ(due(kTwoOClock - 2 * kDay, kTwoOClock, CatchUp::kAll), kTwoOClock - kDay);
  EXPECT_EQ(due(kTwoOClock - 9 * kDay, kTwoOClock, CatchUp::kAll), kTwoOClock - 2 * kDay);
  EXPECT_EQ(due(kTwoOClock - 9 * kDay, kTwoOClock, CatchUp::kAll, 1), kTwoOClock);
}

RC_GTEST_PROP(DueTickProperty, WorksThroughTheNewestFewInOrderAndThenRests, ()) {
  const auto missed = *rc::gen::inRange<std::int64_t>(0, 40);
  const auto count_max = *rc::gen::inRange<std::size_t>(1, 10);
  const std::int64_t now = kTwoOClock + *rc::gen::inRange<std::int64_t>(0, kDay);
  std::int64_t dealt_until = kTwoOClock - missed * kDay;
  std::vector<std::int64_t> ran;
  while (const auto tick = due(dealt_until, now, CatchUp::kAll, count_max)) {
    RC_ASSERT(*tick > dealt_until);
    RC_ASSERT(*tick <= now);
    ran.push_back(dealt_until = *tick);
  }
  RC_ASSERT(ran.size() == std::min(count_max, static_cast<std::size_t>(missed)));
  const bool up_to_date = ran.empty() || ran.back() == kTwoOClock;
  RC_ASSERT(up_to_date);
}

}  // namespace
}  // namespace marquee::scheduling
