#include "adapters/redis/near_lists.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;

const std::optional<ModelVersion> kNearGeneration(ModelVersion("g1"));
const UserId kNearAnn("ann");

class NearListsTest : public ::testing::Test {
 protected:
  NearListsTest() { near_.trust("run1", now_ + milliseconds(1'000)); }

  static NearLists::List list(std::uint64_t version, std::size_t films = 1) {
    CachedList made{kNearGeneration, version, {}, Source::kHybrid, 7};
    made.items.resize(films);
    return std::make_shared<const CachedList>(made);
  }
  void keep(const UserId& user, std::uint64_t version, std::size_t films = 1) {
    near_.put(near_.mark(user, now_).value(), user, list(version, films),
              now_ + milliseconds(60'000));
  }
  bool has(const UserId& user, std::uint64_t version_min = 0) {
    return near_.find(user, kNearGeneration, version_min, now_) != nullptr;
  }

  NearLists::TimePoint now_{milliseconds(5'000'000)};
  NearLists near_{std::size_t{1} << 20};
};

TEST_F(NearListsTest, FindsWhatWasPut) {
  EXPECT_FALSE(has(kNearAnn));
  keep(kNearAnn, 3);
  ASSERT_TRUE(has(kNearAnn));
  EXPECT_EQ(near_.find(kNearAnn, kNearGeneration, 3, now_)->profile_version, 3U);
  EXPECT_FALSE(has(UserId("bob")));
  EXPECT_EQ(near_.counts().hits, 2U);
}

TEST_F(NearListsTest, FindsOnlyTheGenerationAndVersionAskedFor) {
  keep(kNearAnn, 3);
  EXPECT_FALSE(has(kNearAnn, 4));
  EXPECT_EQ(near_.find(kNearAnn, std::nullopt, 0, now_), nullptr);
  EXPECT_EQ(near_.find(kNearAnn, ModelVersion("g2"), 0, now_), nullptr);
}

TEST_F(NearListsTest, LivesNoLongerThanTheListInRedis) {
  near_.put(near_.mark(kNearAnn, now_).value(), kNearAnn, list(3), now_ + milliseconds(10));
  now_ += milliseconds(9);
  EXPECT_TRUE(has(kNearAnn));
  now_ += milliseconds(1);
  EXPECT_FALSE(has(kNearAnn));
  EXPECT_EQ(near_.counts().lists, 0U);
}

TEST_F(NearListsTest, ADropWinsOverACopyThatWasUnderWay) {
  const auto mark = near_.mark(kNearAnn, now_).value();
  near_.drop(kNearAnn);
  near_.put(mark, kNearAnn, list(3), now_ + milliseconds(60'000));
  EXPECT_FALSE(has(kNearAnn));
  EXPECT_EQ(near_.counts().kept_out, 1U);
  keep(kNearAnn, 3);
  EXPECT_TRUE(has(kNearAnn)) << "one that was read later is taken";
}

TEST_F(NearListsTest, ABumpTakesOlderCopiesOnlyAndWhateverIsUnderWay) {
  keep(kNearAnn, 3);
  near_.drop_below(kNearAnn, 3);
  EXPECT_TRUE(has(kNearAnn));
  const auto mark = near_.mark(kNearAnn, now_).value();
  near_.drop_below(kNearAnn, 4);
  EXPECT_FALSE(has(kNearAnn));
  near_.put(mark, kNearAnn, list(3), now_ + milliseconds(60'000));
  EXPECT_FALSE(has(kNearAnn));
}

TEST_F(NearListsTest, DroppingAllWinsOverEveryCopyUnderWay) {
  keep(kNearAnn, 3);
  const auto mark = near_.mark(UserId("bob"), now_).value();
  near_.drop_all();
  EXPECT_FALSE(has(kNearAnn));
  near_.put(mark, UserId("bob"), list(3), now_ + milliseconds(60'000));
  EXPECT_FALSE(has(UserId("bob")));
  EXPECT_EQ(near_.counts().bytes, 0U);
}

TEST_F(NearListsTest, IsNotTrustedForLongerThanSaid) {
  keep(kNearAnn, 3);
  now_ += milliseconds(999);
  EXPECT_TRUE(has(kNearAnn));
  now_ += milliseconds(1);
  EXPECT_FALSE(has(kNearAnn));
  EXPECT_FALSE(near_.mark(kNearAnn, now_).has_value());
  near_.trust("run1", now_ + milliseconds(1'000));
  EXPECT_TRUE(has(kNearAnn)) << "nothing was missed, it was only late";
}

TEST_F(NearListsTest, DistrustDropsAllAndWhatWasUnderWay) {
  keep(kNearAnn, 3);
  const auto mark = near_.mark(kNearAnn, now_).value();
  near_.distrust();
  EXPECT_FALSE(near_.mark(kNearAnn, now_).has_value());
  near_.trust("run2", now_ + milliseconds(1'000));
  EXPECT_FALSE(has(kNearAnn));
  near_.put(mark, kNearAnn, list(3), now_ + milliseconds(60'000));
  EXPECT_FALSE(has(kNearAnn)) << "its changes may have been missed in between";
  EXPECT_EQ(*near_.mark(kNearAnn, now_)->run_id, "run2");
}

TEST_F(NearListsTest, StaysWithinItsBoundAndKeepsWhatWasUsedLast) {
  constexpr std::size_t kBound = 200'000;
  NearLists small(kBound, 1);
  small.trust("run1", now_ + milliseconds(1'000));
  const auto put = [&](const UserId& user, std::size_t films) {
    small.put(small.mark(user, now_).value(), user, list(1, films), now_ + milliseconds(60'000));
  };
  put(kNearAnn, 100);
  for (int i = 0; i < 2'000; ++i) {
    put(UserId("u" + std::to_string(i)), 100);
    ASSERT_NE(small.find(kNearAnn, kNearGeneration, 0, now_), nullptr) << i;
    ASSERT_LE(small.counts().bytes, kBound);
  }
  EXPECT_GT(small.counts().lists, 50U);
  EXPECT_EQ(small.find(UserId("u0"), kNearGeneration, 0, now_), nullptr);
  put(UserId("big"), 1'000'000);
  EXPECT_EQ(small.find(UserId("big"), kNearGeneration, 0, now_), nullptr);
  EXPECT_NE(small.find(kNearAnn, kNearGeneration, 0, now_), nullptr)
      << "and nobody had to go for it";
}

TEST_F(NearListsTest, CountsACopyThatIsReplacedOnce) {
  keep(kNearAnn, 3);
  const std::size_t bytes = near_.counts().bytes;
  EXPECT_GT(bytes, sizeof(CachedList));
  keep(kNearAnn, 4);
  EXPECT_EQ(near_.counts().bytes, bytes);
  EXPECT_EQ(near_.counts().lists, 1U);
  EXPECT_TRUE(has(kNearAnn, 4));
}

TEST_F(NearListsTest, KeepsNothingWithoutMemory) {
  NearLists off(0);
  off.trust("run1", now_ + milliseconds(1'000));
  EXPECT_FALSE(off.is_on());
  EXPECT_FALSE(off.mark(kNearAnn, now_).has_value());
  off.drop(kNearAnn);
  off.drop_all();
  EXPECT_EQ(off.find(kNearAnn, kNearGeneration, 0, now_), nullptr);
}

/// Redis in miniature: a version that only grows, and whoever moves it drops the copy afterwards.
/// A reader who marks before reading never leaves a copy older than the last finished drop.
TEST_F(NearListsTest, NoCopyOutlivesItsDropUnderThreads) {
  std::atomic<std::uint64_t> stored = 1;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const auto mark = near_.mark(kNearAnn, now_);
      const std::uint64_t version = stored;
      if (mark) near_.put(*mark, kNearAnn, list(version), now_ + milliseconds(60'000));
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    ++stored;
    if (i % 3 == 0) {
      near_.drop_all();
    } else if (i % 3 == 1) {
      near_.drop(kNearAnn);
    } else {
      near_.distrust();
      near_.trust("run1", now_ + milliseconds(1'000));
    }
    const auto copy = near_.find(kNearAnn, kNearGeneration, 0, now_);
    if (copy == nullptr) continue;
    ASSERT_EQ(copy->profile_version, stored) << i;
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace marquee::redis
