#include "testing/hostile_ids.h"

#include <gtest/gtest.h>

#include "speed/profile_table.h"
#include "speed/recent_profiles.h"
#include "testing/manual_clock.h"

namespace marquee::speed {
namespace {

using marquee::testing::cost_of_hostile_ids;
using marquee::testing::kHostileCostMax;

TEST(HostileIds, CostTheTableOfProfilesWhatOrdinaryOnesCost) {
  const marquee::testing::ManualClock clock;
  EXPECT_LE(cost_of_hostile_ids([&](const std::vector<std::string>& ids) {
              ProfileTable table(clock);
              for (const std::string& id : ids) table.load_profile(UserId(id), UserProfile{});
              for (const std::string& id : ids) ASSERT_NE(table.find(UserId(id)), nullptr);
            }),
            kHostileCostMax);
}

TEST(HostileIds, CostTheProfilesUsedLastWhatOrdinaryOnesCost) {
  const auto profile = std::make_shared<const UserProfile>();
  EXPECT_LE(cost_of_hostile_ids([&](const std::vector<std::string>& ids) {
              RecentProfiles recent(std::size_t{1} << 30U);
              for (const std::string& id : ids) recent.put(UserId(id), profile);
            }),
            kHostileCostMax);
}

}  // namespace
}  // namespace marquee::speed
