#include "adapters/redis/known_epoch.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;

class KnownEpochTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  KnownEpoch epoch_{clock_, milliseconds(100)};
};

TEST_F(KnownEpochTest, AllowsFillsOnceTheFirstIsKnown) {
  EXPECT_FALSE(epoch_.may_fill());
  epoch_.saw(nullptr, "e1");
  EXPECT_EQ(*epoch_.get(), "e1");
  EXPECT_TRUE(epoch_.may_fill());
}

TEST_F(KnownEpochTest, HoldsFillsBackAfterAnothersChange) {
  epoch_.saw(nullptr, "e1");
  epoch_.saw(epoch_.get(), "e1");
  EXPECT_TRUE(epoch_.may_fill());
  epoch_.saw(epoch_.get(), "e2");
  EXPECT_EQ(*epoch_.get(), "e2");
  clock_.advance(milliseconds(99));
  EXPECT_FALSE(epoch_.may_fill()) << "a list from before may still be under way";
  clock_.advance(milliseconds(1));
  EXPECT_TRUE(epoch_.may_fill());
}

TEST_F(KnownEpochTest, GoesOnAfterItsOwnChange) {
  epoch_.saw(nullptr, "e1");
  epoch_.began("e2");
  EXPECT_EQ(*epoch_.get(), "e2");
  EXPECT_TRUE(epoch_.may_fill());
}

TEST_F(KnownEpochTest, IgnoresAnAnswerThatIsOlderThanWhatItKnows) {
  epoch_.saw(nullptr, "e1");
  const auto before = epoch_.get();
  epoch_.began("e2");
  epoch_.saw(before, "e1");
  EXPECT_EQ(*epoch_.get(), "e2");
  EXPECT_TRUE(epoch_.may_fill());
}

}  // namespace
}  // namespace marquee::redis
