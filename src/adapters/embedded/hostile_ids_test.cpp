#include "testing/hostile_ids.h"

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/recent_events.h"
#include "adapters/embedded/ttl_cache.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using marquee::testing::cost_of_hostile_ids;
using marquee::testing::kHostileCostMax;

TEST(HostileIds, CostTheDeduplicationWhatOrdinaryOnesCost) {
  const EventId id = marquee::testing::test_event_id(1);
  EXPECT_LE(cost_of_hostile_ids([&](const std::vector<std::string>& ids) {
              RecentEvents events;
              for (std::size_t i = 0; i < ids.size(); ++i) {
                events.insert(RecentEvents::key_of(UserId(ids[i]), id), {i, 0, 0});
              }
              ASSERT_EQ(events.size(), ids.size());
            }),
            kHostileCostMax);
}

TEST(HostileIds, CostTheCacheWhatOrdinaryOnesCost) {
  const marquee::testing::ManualClock clock;
  EXPECT_LE(cost_of_hostile_ids([&](const std::vector<std::string>& ids) {
              TtlCache cache(clock, {.bytes_max = std::size_t{1} << 30U});
              const auto list = std::make_shared<CachedList>();
              for (const std::string& id : ids) cache.fill(UserId(id), list);
              for (const std::string& id : ids) cache.bump(UserId(id), 1);
            }),
            kHostileCostMax);
}

}  // namespace
}  // namespace marquee::embedded
