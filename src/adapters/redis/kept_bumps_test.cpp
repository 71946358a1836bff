#include "adapters/redis/kept_bumps.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::redis {
namespace {

const UserId kAnn("ann");
const UserId kBob("bob");

TEST(KeptBumps, KeepTheLargestOfEachViewer) {
  KeptBumps kept(10);
  kept.add(kAnn, 3);
  kept.add(kAnn, 2);
  kept.add(kBob, 9);
  EXPECT_EQ(kept.floor(kAnn), 3U);
  EXPECT_EQ(kept.floor(kBob), 9U);
  EXPECT_EQ(kept.floor(UserId("carl")), 0U);
  EXPECT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept.some(1).size(), 1U);
  EXPECT_EQ(kept.some(9).size(), 2U);
}

TEST(KeptBumps, StayUntilTheyAreConfirmed) {
  KeptBumps kept(10);
  kept.add(kAnn, 3);
  const auto sent = kept.some(1).front();
  kept.add(kAnn, 4);
  kept.confirmed(sent);
  EXPECT_EQ(kept.floor(kAnn), 4U) << "what came meanwhile is still to be sent";
  kept.confirmed({kAnn, 4});
  EXPECT_EQ(kept.floor(kAnn), 0U);
  EXPECT_EQ(kept.size(), 0U);
  kept.confirmed({kAnn, 4});
}

TEST(KeptBumps, TellOfTheGapWhenThereIsNoRoom) {
  KeptBumps kept(1);
  kept.add(kAnn, 1);
  EXPECT_FALSE(kept.has_gap());
  kept.add(kAnn, 2);
  EXPECT_FALSE(kept.has_gap()) << "a known viewer needs no room";
  kept.add(kBob, 1);
  EXPECT_TRUE(kept.has_gap());
  const auto seen = kept.gaps();
  kept.add(kBob, 2);
  kept.close_gap(seen);
  EXPECT_TRUE(kept.has_gap()) << "one that came later is open";
  kept.close_gap(kept.gaps());
  EXPECT_FALSE(kept.has_gap());
}

RC_GTEST_PROP(KeptBumps, LoseNothingWithoutSaying, (const std::vector<std::uint8_t>& steps)) {
  KeptBumps kept(4);
  std::map<std::string, std::uint64_t> unconfirmed;
  std::uint64_t version = 0;
  for (const std::uint8_t step : steps) {
    if (step % 3 == 0) {
      for (const auto& bump : kept.some(step % 4)) {
        kept.confirmed(bump);
        if (unconfirmed[bump.first.value()] <= bump.second) unconfirmed.erase(bump.first.value());
      }
    } else {
      const UserId user("u" + std::to_string(step % 7));
      const bool had_gap = kept.has_gap();
      kept.add(user, ++version);
      if (kept.has_gap() && !had_gap) return;
      unconfirmed[user.value()] = version;
    }
    for (const auto& [user, bumped] : unconfirmed) RC_ASSERT(kept.floor(UserId(user)) == bumped);
  }
}

}  // namespace
}  // namespace marquee::redis
