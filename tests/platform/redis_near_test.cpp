// The near copies of the cache in Redis: the contract with them, and that none outlives a change of
// its list or the connection that tells of changes, whatever happens to a real server.
#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/redis/redis_cache.h"
#include "base/rng.h"
#include "platform/own_redis.h"
#include "ports/contract/recommendation_cache_contract.h"

namespace marquee::testing {
namespace {

using redis::RedisCache;
using std::chrono::milliseconds;

const std::optional<ModelVersion> kGeneration(ModelVersion("g1"));

bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < end) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return holds();
}

RedisCache::Options near_options() {
  RedisCache::Options options;
  options.near_bytes_max = 1 << 20;
  options.call_budget = milliseconds(50);
  options.background_budget = milliseconds(200);
  options.slow_fill_max = milliseconds(200);
  options.breaker.backoff_min = milliseconds(20);
  options.breaker.backoff_max = milliseconds(100);
  return options;
}

/// With time for a loaded machine: how quickly it gives up is not what the contract is about.
RedisCache::Options patient_options() {
  RedisCache::Options options = near_options();
  options.call_budget = options.background_budget = milliseconds(5'000);
  options.near_answer_max = milliseconds(10'000);
  options.slow_fill_max = milliseconds(0);
  return options;
}

/// A process with its cache, on a server that it may share.
class Process {
 public:
  explicit Process(const OwnRedis& server, const RedisCache::Options& options = near_options())
      : cache_(server.address(), films(), clock_, options) {}

  void fill(const std::string& user, std::uint64_t version) {
    cache_.fill(UserId(user), std::make_shared<const CachedList>(CachedList{
                                  kGeneration, version, {{0, 0.5F}}, Source::kHybrid, 1}));
  }
  /// The version of the list that is found, 0 without one.
  std::uint64_t find(const std::string& user) {
    const auto list = cache_.find(UserId(user), kGeneration, 0);
    return list ? list->profile_version : 0;
  }
  /// Until the list is found here without a question to Redis; it may be lost, so it is filled in
  /// again and again.
  bool comes_to_keep(const std::string& user, std::uint64_t version) {
    return eventually([&] {
      if (find(user) != version) fill(user, version);
      return find(user) == version && finds_near(user, version);
    });
  }
  bool finds_near(const std::string& user, std::uint64_t version) {
    const std::uint64_t before = cache_.counts().near_hits;
    return find(user) == version && cache_.counts().near_hits > before;
  }
  bool is_trusted() const { return cache_.counts().near_up; }
  std::uint64_t copies() const { return cache_.counts().near_lists; }
  RedisCache& cache() { return cache_; }

 private:
  MovieTable& films() {
    for (int i = 0; i < 200; ++i) movies_.intern(MovieId("m" + std::to_string(i)));
    return movies_;
  }

  SystemClock clock_;
  MovieTable movies_;
  RedisCache cache_;
};

class RedisWithNearCopies {
 public:
  RedisWithNearCopies() {
    EXPECT_TRUE(eventually([&] { return process_.is_trusted(); }));
  }
  RecommendationCache& store() { return process_.cache(); }

 private:
  OwnRedis server_;
  Process process_{server_, patient_options()};
};

/// Two processes that share a server.
class TwoOnOneRedis {
 public:
  TwoOnOneRedis() {
    EXPECT_TRUE(eventually([&] { return here_.is_trusted() && there_.is_trusted(); }));
  }

 protected:
  OwnRedis server_;
  Process here_{server_, patient_options()};
  Process there_{server_, patient_options()};
};

class NearCopies : public ::testing::Test {
 protected:
  std::string feed_id() {
    // "id=7 addr=… sub=1 …" of the only one who subscribed to anything
    const std::string clients = server_.ask({"CLIENT", "LIST", "TYPE", "pubsub"});
    const std::size_t at = clients.find("id=");
    return at == std::string::npos ? "" : clients.substr(at + 3, clients.find(' ', at) - at - 3);
  }

  OwnRedis server_;
  Process here_{server_};
};

class SharedNearCopies : public TwoOnOneRedis, public ::testing::Test {};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(RedisWithNearCopies, RecommendationCacheContract,
                               RedisWithNearCopies);

namespace {

TEST_F(SharedNearCopies, ABumpAFillAndAClearOfAnotherProcessAreSeen) {
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  there_.cache().bump(UserId("ann"), 4);
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; }));
  there_.fill("ann", 4);
  ASSERT_TRUE(here_.comes_to_keep("ann", 4));
  there_.fill("ann", 5);
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 5; }));
  ASSERT_TRUE(here_.comes_to_keep("ann", 5));
  there_.cache().clear();
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; }));
  EXPECT_TRUE(here_.is_trusted() && there_.is_trusted()) << "all that without losing anybody";
}

TEST_F(SharedNearCopies, AnOwnBumpFillOrClearIsSeenAtOnce) {
  for (std::uint64_t version = 10; version < 200; version += 10) {
    ASSERT_TRUE(here_.comes_to_keep("ann", version));
    here_.cache().bump(UserId("ann"), version + 1);
    ASSERT_EQ(here_.find("ann"), 0U);
    here_.fill("ann", version + 2);
    ASSERT_EQ(here_.find("ann"), version + 2);
    here_.fill("ann", version + 3);
    ASSERT_EQ(here_.find("ann"), version + 3);
    here_.cache().clear();
    ASSERT_EQ(here_.find("ann"), 0U);
  }
}

/// Two processes bump, fill and find at once; each sees what it did itself at once.
TEST_F(SharedNearCopies, NothingOvertakenIsShownUnderLoad) {
  std::atomic<std::uint64_t> near = 0;
  const auto viewers = [&](Process& process, const std::string& own, std::uint64_t seed) {
    Rng rng(seed);
    std::map<std::string, std::uint64_t> bumped;
    for (int i = 0; i < 20'000; ++i) {
      const std::string user = own + std::to_string(rng.below(3));
      std::uint64_t& version = bumped[user];
      if (rng.below(20) == 0) process.cache().bump(UserId(user), ++version);
      if (rng.below(5) == 0) {
        (rng.below(2) == 0 ? here_ : there_).fill(user, version - std::min(rng.below(3), version));
      }
      const std::uint64_t shown = process.find(user);
      if (shown == 0) continue;
      ASSERT_GE(shown, version) << user;
    }
    near += process.cache().counts().near_hits;
  };
  std::thread other([&] { viewers(there_, "b", 2); });
  viewers(here_, "a", 1);
  other.join();
  EXPECT_GT(near, 1'000U) << "else this has shown nothing";
}

TEST_F(NearCopies, GoWhenTheServerIsKilledAndComeBackWithIt) {
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  server_.kill();
  EXPECT_TRUE(eventually([&] { return here_.copies() == 0 && !here_.is_trusted(); }));
  EXPECT_EQ(here_.find("ann"), 0U);
  server_.start();
  EXPECT_TRUE(here_.comes_to_keep("ann", 3));
}

TEST_F(NearCopies, AreNotTrustedWhileTheServerIsStopped) {
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  server_.stop();
  EXPECT_TRUE(eventually([&] { return !here_.is_trusted(); }));
  EXPECT_EQ(here_.find("ann"), 0U);
  EXPECT_TRUE(eventually([&] { return here_.copies() == 0; }));
  server_.go_on();
  EXPECT_TRUE(here_.comes_to_keep("ann", 3));
}

TEST_F(NearCopies, GoWithTheConnectionThatTellsOfChanges) {
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  const std::string id = feed_id();
  ASSERT_FALSE(id.empty());
  server_.ask({"CLIENT", "KILL", "ID", id});
  EXPECT_TRUE(eventually([&] { return here_.cache().counts().near_losses == 1; }));
  EXPECT_EQ(here_.find("ann"), 3U) << "Redis itself has it";
  EXPECT_TRUE(here_.cache().health().ok()) << "the others stand";
  EXPECT_TRUE(here_.comes_to_keep("ann", 3));
  EXPECT_NE(feed_id(), id);
}

TEST_F(NearCopies, GoWithAFlush) {
  for (const char* verb : {"FLUSHALL", "FLUSHDB"}) {
    ASSERT_TRUE(here_.comes_to_keep("ann", 3));
    server_.ask({verb});
    EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; })) << verb;
  }
  EXPECT_TRUE(here_.comes_to_keep("ann", 3));
}

TEST_F(NearCopies, GoWithTheKey) {
  const std::string key = "recs:list:ann";
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  server_.ask({"DEL", key});
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; }));
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  server_.ask({"PEXPIRE", key, "1"});
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; })) << "expired";
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  server_.ask({"RENAME", key, "elsewhere"});
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; }));
}

TEST_F(NearCopies, GoWithAnEviction) {
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  const std::uint64_t told = here_.cache().counts().near_invalidations;
  server_.ask({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  server_.ask({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_TRUE(eventually([&] { return here_.cache().counts().near_invalidations > told; }));
  EXPECT_TRUE(eventually([&] { return here_.copies() == 0; }));
  server_.ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(here_.comes_to_keep("ann", 3));
}

TEST_F(NearCopies, LiveAsLongAsTheListHasLeft) {
  RedisCache::Options options = near_options();
  options.ttl = milliseconds(3'000);
  Process brief(server_, options);
  const auto start = std::chrono::steady_clock::now();
  brief.fill("bob", 3);
  std::this_thread::sleep_for(milliseconds(1'500));  // of its life has gone when it is copied
  if (brief.find("bob") != 3) GTEST_SKIP() << "too slow to say anything";
  ASSERT_TRUE(eventually([&] { return brief.find("bob") == 0; }));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST_F(NearCopies, AreOfNoUseToAReplica) {
  ASSERT_TRUE(here_.comes_to_keep("ann", 3));
  OwnRedis primary;
  const std::string port = std::to_string(primary.address().port);
  ASSERT_EQ(server_.ask({"REPLICAOF", "127.0.0.1", port}), "OK");
  EXPECT_TRUE(eventually([&] { return here_.find("ann") == 0; }));
  ASSERT_EQ(server_.ask({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_TRUE(here_.comes_to_keep("ann", 4));
}

TEST_F(NearCopies, StayWithinTheirBound) {
  for (int i = 0; i < 3'000; ++i) {
    const std::string user = "u" + std::to_string(i);
    here_.fill(user, 1);
    (void)here_.find(user);
    ASSERT_LE(here_.cache().counts().near_bytes, std::uint64_t{1} << 20);
  }
  EXPECT_TRUE(here_.comes_to_keep("ann", 3));
}

/// Events, fills and finds of a process, while its server is killed and stopped and the connection
/// that tells of changes is cut.
TEST_F(NearCopies, NothingOvertakenIsEverShown) {
  Process there(server_);
  std::atomic<bool> done = false;
  std::thread viewers([&] {
    Rng rng(20'250'103);
    std::map<std::string, std::uint64_t> bumped;
    while (!done) {
      const std::string user = "u" + std::to_string(rng.below(5));
      std::uint64_t& version = bumped[user];
      if (rng.below(30) == 0) here_.cache().bump(UserId(user), ++version);
      if (rng.below(10) == 0) {
        (rng.below(2) == 0 ? here_ : there).fill(user, version - std::min(rng.below(3), version));
      }
      const std::uint64_t shown = here_.find(user);
      if (shown == 0) continue;
      ASSERT_GE(shown, version) << user;
    }
  });
  Rng rng(7);
  for (int outage = 0; outage < 12; ++outage) {
    std::this_thread::sleep_for(milliseconds(200 + rng.below(500)));
    if (outage % 3 == 0) {
      server_.stop();
      std::this_thread::sleep_for(milliseconds(rng.below(1'500)));
      server_.go_on();
    } else if (outage % 3 == 1) {
      server_.kill();
      std::this_thread::sleep_for(milliseconds(rng.below(300)));
      server_.start();
    } else {
      server_.ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    }
  }
  const std::uint64_t before = here_.cache().counts().near_hits;
  EXPECT_TRUE(eventually([&] { return here_.cache().counts().near_hits > before; }));
  done = true;
  viewers.join();
}

}  // namespace
}  // namespace marquee::testing
