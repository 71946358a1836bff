// Goal: a scheduler believes in its lease exactly as long as it may.

#include "scheduling/lease_keeper.h"

#include <gtest/gtest.h>

#include "testing/fake_run_store.h"
#include "testing/manual_clock.h"

namespace marquee::scheduling {
namespace {

using std::chrono::milliseconds;

class LeaseKeeperTest : public ::testing::Test {
 protected:
  static constexpr milliseconds kTtl{30'000};
  static Error away() { return Error{ErrorCode::kUnavailable, "the store is away"}; }

  testing::FakeRunStore store_;
  testing::ManualClock clock_;
  LeaseKeeper a_{store_, clock_, "a", kTtl};
  LeaseKeeper b_{store_, clock_, "b", kTtl};
};

TEST_F(LeaseKeeperTest, HoldsWhatIsFreeAndWaitsForWhatIsNot) {
  EXPECT_FALSE(a_.token());
  EXPECT_EQ(*a_.hold(), 1U);
  EXPECT_EQ(a_.token(), 1U);
  EXPECT_EQ(*b_.hold(), std::nullopt);
  clock_.advance(kTtl);
  EXPECT_EQ(*b_.hold(), 2U) << "the other did not renew";
}

TEST_F(LeaseKeeperTest, KeepsItsTokenForAsLongAsItRenews) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(*a_.hold(), 1U);
    EXPECT_EQ(*b_.hold(), std::nullopt);
    clock_.advance(kTtl / 2);
  }
}

TEST_F(LeaseKeeperTest, RenewsThreeTimesInALife) {
  ASSERT_TRUE(a_.hold().ok());
  const std::int64_t first_end = (*store_.lease())->expires_at_ms;
  clock_.advance(kTtl / 3 - milliseconds(1));
  ASSERT_TRUE(a_.hold().ok());
  EXPECT_EQ((*store_.lease())->expires_at_ms, first_end);
  clock_.advance(milliseconds(1));
  ASSERT_TRUE(a_.hold().ok());
  EXPECT_EQ((*store_.lease())->expires_at_ms, clock_.wall_ms() + kTtl.count());
}

TEST_F(LeaseKeeperTest, LearnsThatItWasTakenOver) {
  ASSERT_TRUE(a_.hold().ok());
  clock_.advance(kTtl);
  ASSERT_EQ(*b_.hold(), 2U);
  EXPECT_EQ(*a_.hold(), std::nullopt);
  EXPECT_FALSE(a_.token());
}

TEST_F(LeaseKeeperTest, OutlivesAStoreThatIsAwayForAMoment) {
  ASSERT_TRUE(a_.hold().ok());
  clock_.advance(kTtl - milliseconds(1));
  store_.fail_next(1, away());
  EXPECT_EQ(*a_.hold(), 1U);
  EXPECT_EQ(*a_.hold(), 1U);
}

TEST_F(LeaseKeeperTest, StopsByItselfWhenTheStoreStaysAway) {
  ASSERT_TRUE(a_.hold().ok());
  clock_.advance(kTtl);
  store_.fail_next(1, away());
  EXPECT_EQ(a_.hold().error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(a_.token());
}

TEST_F(LeaseKeeperTest, IsNotFooledByTheWallClock) {
  ASSERT_TRUE(a_.hold().ok());
  clock_.jump_wall(std::chrono::hours(24 * 365));
  EXPECT_EQ(*a_.hold(), 1U) << "its own life is measured by the steady clock";
}

TEST_F(LeaseKeeperTest, TellsOfAStoreThatIsAwayBeforeItHasTheLease) {
  store_.fail_next(1, away());
  EXPECT_EQ(a_.hold().error().code, ErrorCode::kUnavailable);
}

TEST_F(LeaseKeeperTest, FreesTheLeaseForTheNext) {
  ASSERT_TRUE(a_.hold().ok());
  a_.release();
  EXPECT_FALSE(a_.token());
  EXPECT_EQ(*b_.hold(), 2U);
  a_.release();
  EXPECT_EQ(*b_.hold(), 2U) << "a second release takes nothing away";
}

}  // namespace
}  // namespace marquee::scheduling
