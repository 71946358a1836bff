#include "adapters/embedded/ttl_cache.h"

#include <atomic>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using marquee::testing::ManualClock;

class TtlCacheTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const CachedList> list(std::uint64_t version, std::size_t items = 100) {
    auto made = std::make_shared<CachedList>();
    made->profile_version = version;
    made->items.resize(items, Candidate{1, 0.5F});
    return made;
  }
  static bool has(TtlCache& cache, const std::string& user, std::uint64_t version_min = 0) {
    return cache.find(UserId(user), std::nullopt, version_min) != nullptr;
  }
  static TtlCache::Options options(std::size_t bytes_max, std::size_t shards = 1) {
    return {.bytes_max = bytes_max, .ttl = std::chrono::minutes(60), .shards = shards};
  }

  ManualClock clock_;
};

TEST_F(TtlCacheTest, ForgetsAListWhenItsTimeIsUp) {
  TtlCache cache(clock_, options(1 << 20));
  cache.fill(UserId("u1"), list(1));
  clock_.advance(std::chrono::minutes(59));
  cache.fill(UserId("u2"), list(1));
  EXPECT_TRUE(has(cache, "u1"));
  clock_.advance(std::chrono::minutes(1));
  EXPECT_FALSE(has(cache, "u1"));
  EXPECT_TRUE(has(cache, "u2"));
}

TEST_F(TtlCacheTest, IsNotFooledByTheWallClock) {
  TtlCache cache(clock_, options(1 << 20));
  cache.fill(UserId("u1"), list(1));
  clock_.jump_wall(std::chrono::hours(24 * 400));
  EXPECT_TRUE(has(cache, "u1"));
}

TEST_F(TtlCacheTest, AFillStartsTheTimeAnewAndAFindDoesNot) {
  TtlCache cache(clock_, options(1 << 20));
  cache.fill(UserId("u1"), list(1));
  clock_.advance(std::chrono::minutes(40));
  EXPECT_TRUE(has(cache, "u1"));
  cache.fill(UserId("u1"), list(1));
  clock_.advance(std::chrono::minutes(40));
  EXPECT_TRUE(has(cache, "u1"));
  clock_.advance(std::chrono::minutes(20));
  EXPECT_FALSE(has(cache, "u1"));
}

TEST_F(TtlCacheTest, TakesAnOlderListOnceTheNewerHasExpired) {
  TtlCache cache(clock_, options(1 << 20));
  cache.fill(UserId("u1"), list(9));
  clock_.advance(std::chrono::minutes(61));
  cache.fill(UserId("u1"), list(8));
  EXPECT_TRUE(has(cache, "u1")) << "no bump says that it is stale";
}

TEST_F(TtlCacheTest, StaysWithinItsBoundWhateverComes) {
  constexpr std::size_t kBound = 256 << 10;
  TtlCache cache(clock_, options(kBound, 4));
  Rng rng(3);
  for (int i = 0; i < 20'000; ++i) {
    const UserId user("user-" + std::to_string(rng.below(5'000)));
    if (rng.below(3) == 0) {
      cache.bump(user, rng.below(100));
    } else {
      cache.fill(user, list(rng.below(100), rng.below(200)));
    }
    ASSERT_LE(cache.bytes(), kBound) << "after " << i;
  }
  EXPECT_GT(cache.bytes(), kBound / 2) << "and uses it";
}

TEST_F(TtlCacheTest, EvictsTheListThatWasUsedLongestAgo) {
  TtlCache cache(clock_, options(16 << 10));
  cache.fill(UserId("kept"), list(1));
  cache.fill(UserId("idle"), list(1));
  for (int i = 0; has(cache, "kept") && i < 100; ++i) {
    cache.fill(UserId("other" + std::to_string(i)), list(1));
    if (!has(cache, "idle")) break;
    // "idle" was just used by the look above; use "kept" after it.
    EXPECT_TRUE(has(cache, "kept"));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(has(cache, "kept")) << i;
    cache.fill(UserId("more" + std::to_string(i)), list(1));
  }
  EXPECT_FALSE(has(cache, "idle"));
}

TEST_F(TtlCacheTest, DoesNotKeepAListThatAloneIsTooLarge) {
  TtlCache cache(clock_, options(16 << 10));
  cache.fill(UserId("small"), list(1));
  cache.fill(UserId("huge"), list(1, 100'000));
  EXPECT_FALSE(has(cache, "huge"));
  EXPECT_TRUE(has(cache, "small"));
}

TEST_F(TtlCacheTest, RemembersABumpAfterItsListHasGone) {
  TtlCache cache(clock_, options(16 << 10));
  cache.fill(UserId("u1"), list(6));
  cache.bump(UserId("u1"), 7);
  clock_.advance(std::chrono::hours(5));
  cache.clear();
  for (int i = 0; i < 100; ++i) cache.fill(UserId("other" + std::to_string(i)), list(1));
  cache.fill(UserId("u1"), list(6));
  EXPECT_FALSE(has(cache, "u1"));
  cache.fill(UserId("u1"), list(7));
  EXPECT_TRUE(has(cache, "u1"));
}

TEST_F(TtlCacheTest, KeepsAStaleFillOutEvenWhenTheBumpItselfWasEvicted) {
  TtlCache cache(clock_, options(16 << 10));
  cache.bump(UserId("u1"), 7);
  for (int i = 0; i < 10'000; ++i) cache.bump(UserId("other" + std::to_string(i)), 3);
  cache.fill(UserId("u1"), list(6));
  EXPECT_FALSE(has(cache, "u1"));
  cache.fill(UserId("u1"), list(7));
  EXPECT_TRUE(has(cache, "u1"));
  cache.fill(UserId("stranger"), list(100));
  EXPECT_TRUE(has(cache, "stranger"));
}

TEST_F(TtlCacheTest, CachesAViewerAgainAfterTheNextEventWhateverOthersDid) {
  TtlCache cache(clock_, options(16 << 10));
  for (int i = 0; i < 10'000; ++i) cache.bump(UserId("other" + std::to_string(i)), 1'000'000);
  cache.fill(UserId("u1"), list(2));
  EXPECT_FALSE(has(cache, "u1")) << "cannot be told from a stale one";
  cache.bump(UserId("u1"), 3);
  cache.fill(UserId("u1"), list(3));
  EXPECT_TRUE(has(cache, "u1"));
}

/// The promise, against a model that forgets nothing: no list is ever found that is older than its
/// viewer's last bump, however small the cache is.
TEST_F(TtlCacheTest, NeverServesAListOlderThanTheLastBump) {
  TtlCache cache(clock_, options(6 << 10, 2));
  std::unordered_map<std::string, std::uint64_t> bumped;
  Rng rng(11);
  int hits = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string user = "u" + std::to_string(rng.below(60));
    std::uint64_t& version = bumped[user];
    switch (rng.below(4)) {
      case 0:
        cache.bump(UserId(user), ++version);
        break;
      case 1:
        cache.fill(UserId(user), list(version - std::min(version, rng.below(3)), rng.below(40)));
        break;
      case 2:
        if (rng.below(200) == 0) cache.clear();
        clock_.advance(std::chrono::minutes(rng.below(50) == 0 ? 61 : 0));
        break;
      default:
        if (const auto found = cache.find(UserId(user), std::nullopt, 0)) {
          ASSERT_GE(found->profile_version, version) << user << " in step " << i;
          ++hits;
        }
    }
  }
  EXPECT_GT(hits, 500) << "a cache that never hits would pass too";
}

TEST_F(TtlCacheTest, KeepsItsPromiseWithManyThreads) {
  TtlCache cache(clock_, options(64 << 10, 4));
  std::vector<std::atomic<std::uint64_t>> versions(20);
  std::atomic<bool> done = false;
  std::atomic<int> stale = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      Rng rng(t);
      while (!done) {
        const std::size_t u = rng.below(versions.size());
        const UserId user("u" + std::to_string(u));
        const std::uint64_t version = versions[u];
        const auto found = cache.find(user, std::nullopt, 0);
        if (found && found->profile_version < version) ++stale;
        if (!found) cache.fill(user, list(version));
        if (rng.below(500) == 0) cache.clear();
        static_cast<void>(cache.bytes());
      }
    });
  }
  Rng rng(99);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t u = rng.below(versions.size());
    const std::uint64_t next = versions[u] + 1;
    cache.bump(UserId("u" + std::to_string(u)), next);
    versions[u] = next;
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stale, 0);
}

}  // namespace
}  // namespace marquee::embedded
