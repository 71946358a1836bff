// Goal: an id that is held is never denied, and one that is not nearly always is.

#include "speed/id_counts.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace marquee::speed {
namespace {

std::vector<EventId> ids(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<EventId> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(Uuid::v7_from(1'000, rng.next(), rng.next()));
  return made;
}

TEST(IdCounts, HoldsWhatWasAddedUntilItIsRemovedAsOften) {
  IdCounts counts;
  const EventId id = ids(1, 1).front();
  EXPECT_FALSE(counts.may_hold(id));
  counts.add(id);
  counts.add(id);
  counts.remove(id);
  EXPECT_TRUE(counts.may_hold(id));
  counts.remove(id);
  EXPECT_FALSE(counts.may_hold(id));
}

TEST(IdCounts, NeverDeniesWhatIsHeldWhateverElseComesAndGoes) {
  IdCounts counts;
  const auto held = ids(5'000, 2), others = ids(50'000, 3);
  for (const EventId& id : held) counts.add(id);
  for (const EventId& id : others) counts.add(id);
  for (const EventId& id : others) counts.remove(id);
  for (const EventId& id : held) ASSERT_TRUE(counts.may_hold(id));
}

TEST(IdCounts, DeniesNearlyAllOthersOfAFewThousand) {
  IdCounts counts;
  for (const EventId& id : ids(2'000, 4)) counts.add(id);
  int believed = 0;
  for (const EventId& id : ids(10'000, 5)) believed += counts.may_hold(id) ? 1 : 0;
  EXPECT_LT(believed, 600) << "3 % of the slots are taken";
}

}  // namespace
}  // namespace marquee::speed
