// The cache in Redis shows nothing that was overtaken, whatever happens to the server.
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/redis/redis_cache.h"
#include "base/rng.h"
#include "platform/own_redis.h"

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

/// A process with its cache, on a server that it may share.
class Process {
 public:
  explicit Process(const OwnRedis& server, RedisCache::Options options = {})
      : cache_(server.address(), films(), clock_, quick(options)) {}

  void fill(const std::string& user, std::uint64_t version) {
    cache_.fill(UserId(user), std::make_shared<const CachedList>(CachedList{
                                  kGeneration, version, {{0, 0.5F}}, Source::kHybrid, 1}));
  }
  void bump(const std::string& user, std::uint64_t version) { cache_.bump(UserId(user), version); }
  /// The version of the list that is found, 0 without one.
  std::uint64_t find(const std::string& user) {
    const auto list = cache_.find(UserId(user), kGeneration, 0);
    return list ? list->profile_version : 0;
  }
  /// Until the list can be found: a list may be lost, so it is filled in again and again.
  bool comes_to_serve(const std::string& user, std::uint64_t version) {
    return eventually([&] {
      fill(user, version);
      return find(user) == version;
    });
  }
  bool is_well() const { return cache_.health().ok(); }
  bool has_sent_all() const { return cache_.counts().kept_bumps == 0; }
  RedisCache& cache() { return cache_; }

 private:
  static RedisCache::Options quick(RedisCache::Options options) {
    options.call_budget = milliseconds(50);
    options.background_budget = milliseconds(200);
    options.slow_fill_max = milliseconds(200);
    options.breaker.backoff_min = milliseconds(20);
    options.breaker.backoff_max = milliseconds(100);
    return options;
  }
  MovieTable& films() {
    movies_.intern(MovieId("m0"));
    return movies_;
  }

  SystemClock clock_;
  MovieTable movies_;
  RedisCache cache_;
};

class RedisOutage : public ::testing::Test {
 protected:
  bool is_down() {
    return eventually([&] {
      (void)here_.find("anybody");
      return !here_.is_well();
    });
  }

  telemetry::Metrics metrics_;
  OwnRedis server_;
  Process here_{server_};
  Process there_{server_};
};

TEST_F(RedisOutage, ProcessesShareListsBumpsAndClears) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  here_.cache().report_to(metrics_);
  EXPECT_TRUE(eventually([&] { return here_.cache().bytes() > 100'000; }))
      << "an empty Redis has about a megabyte";
  EXPECT_TRUE(eventually([&] { return there_.find("ann") == 3; }));
  here_.bump("ann", 4);
  EXPECT_TRUE(eventually([&] { return there_.find("ann") == 0; }));
  there_.fill("ann", 3);
  EXPECT_EQ(there_.find("ann"), 0U) << "overtaken by a bump of another process";
  ASSERT_TRUE(there_.comes_to_serve("ann", 4));
  here_.cache().clear();
  EXPECT_EQ(there_.find("ann"), 0U);
  there_.bump("bob", 9);
  ASSERT_TRUE(eventually([&] { return there_.has_sent_all(); }));
  here_.fill("bob", 8);
  EXPECT_EQ(here_.find("bob"), 0U) << "clear() drops lists, not bumps";
}

TEST_F(RedisOutage, ServesAgainAfterARestart) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  server_.kill();
  EXPECT_TRUE(is_down());
  EXPECT_EQ(here_.find("ann"), 0U);
  server_.start();
  EXPECT_TRUE(here_.comes_to_serve("ann", 3));
}

/// A server that came back from its file may have lost the bumps of its last second.
TEST_F(RedisOutage, TrustsNoListOfAnotherRunOfTheServer) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  const std::string list = server_.ask({"GET", "recs:list:ann"});
  ASSERT_FALSE(list.empty());
  server_.kill();
  server_.start();
  ASSERT_EQ(server_.ask({"GET", "recs:list:ann"}), list) << "the file has brought it back";
  ASSERT_TRUE(eventually([&] {
    (void)here_.find("ann");
    return here_.cache().counts().misses > 1 && here_.is_well();
  }));
  EXPECT_EQ(here_.find("ann"), 0U);
  EXPECT_EQ(Process(server_).find("ann"), 0U) << "neither does a new process";
}

TEST_F(RedisOutage, BringsBumpsOfAnOutageBeforeItServes) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  server_.stop();
  EXPECT_TRUE(is_down());
  here_.bump("ann", 4);
  EXPECT_EQ(here_.find("ann"), 0U);
  server_.go_on();
  ASSERT_TRUE(here_.comes_to_serve("bob", 1));
  EXPECT_TRUE(here_.has_sent_all());
  EXPECT_EQ(here_.find("ann"), 0U);
  EXPECT_EQ(there_.find("ann"), 0U) << "the same server, the same list: only the bump stops it";
}

TEST_F(RedisOutage, ForgetsAllRatherThanOneBump) {
  RedisCache::Options small;
  small.kept_bumps_max = 3;
  Process forgetful(server_, small);
  ASSERT_TRUE(forgetful.comes_to_serve("ann", 3));
  server_.stop();
  ASSERT_TRUE(eventually([&] {
    (void)forgetful.find("ann");
    return !forgetful.is_well();
  }));
  for (const char* user : {"x", "y", "z", "ann"}) forgetful.bump(user, 4);
  server_.go_on();
  ASSERT_TRUE(forgetful.comes_to_serve("bob", 1));
  EXPECT_EQ(forgetful.find("ann"), 0U);
  EXPECT_EQ(there_.find("ann"), 0U) << "there, nobody knows of the bump";
}

TEST_F(RedisOutage, AStoppedServerCostsNobodyTime) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  server_.stop();
  EXPECT_TRUE(is_down());
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(here_.find("ann"), 0U);
    here_.fill("ann", 3);
    here_.bump("bob", 1);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10))
      << "50 ms each would be 1,000 s";
  server_.go_on();
  EXPECT_TRUE(here_.comes_to_serve("ann", 3));
}

TEST_F(RedisOutage, AServerWithoutRoomIsLeftAlone) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  server_.ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  ASSERT_EQ(server_.ask({"CONFIG", "SET", "maxmemory", "1"}), "OK");
  here_.bump("ann", 4);
  EXPECT_TRUE(eventually([&] { return there_.find("ann") == 0; }))
      << "deleting needs no room, so others see it all the same";
  here_.bump("new", 1);
  EXPECT_TRUE(eventually([&] { return !here_.is_well(); }));
  EXPECT_EQ(here_.find("ann"), 0U);
  server_.ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(here_.comes_to_serve("ann", 4));
}

TEST_F(RedisOutage, AServerThatBecameAReplicaIsLeftAlone) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  OwnRedis primary;
  const std::string port = std::to_string(primary.address().port);
  ASSERT_EQ(server_.ask({"REPLICAOF", "127.0.0.1", port}), "OK");
  here_.bump("ann", 4);
  EXPECT_TRUE(eventually([&] { return !here_.is_well(); }));
  EXPECT_EQ(here_.find("ann"), 0U);
  ASSERT_EQ(server_.ask({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_TRUE(here_.comes_to_serve("ann", 4));
}

TEST_F(RedisOutage, ScriptsAndKeysMayVanish) {
  ASSERT_TRUE(here_.comes_to_serve("ann", 3));
  EXPECT_EQ(server_.ask({"SCRIPT", "FLUSH"}), "OK");
  here_.fill("ann", 5);
  EXPECT_EQ(here_.find("ann"), 5U) << "by its text";
  EXPECT_EQ(server_.ask({"FLUSHALL"}), "OK");
  EXPECT_EQ(here_.find("ann"), 0U);
  EXPECT_TRUE(here_.comes_to_serve("ann", 5));
}

/// Events, slow fills and finds of two processes, while the server is killed and stopped. Whatever
/// the process that bumped finds, it is of its last bump or later.
TEST_F(RedisOutage, NothingOvertakenIsEverShown) {
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> found = 0;
  std::thread viewers([&] {
    Rng rng(20'250'103);
    std::map<std::string, std::uint64_t> bumped;
    while (!done) {
      const std::string user = "u" + std::to_string(rng.below(5));
      std::uint64_t& version = bumped[user];
      if (rng.below(4) == 0) here_.bump(user, ++version);
      const std::uint64_t behind = std::min(rng.below(3), version);
      (rng.below(2) == 0 ? here_ : there_).fill(user, version - behind);
      const std::uint64_t shown = here_.find(user);
      if (shown == 0) continue;
      ++found;
      ASSERT_GE(shown, version) << user;
    }
  });
  Rng rng(7);
  for (int outage = 0; outage < 12; ++outage) {
    std::this_thread::sleep_for(milliseconds(200 + rng.below(500)));
    if (rng.below(2) == 0) {
      server_.stop();
      std::this_thread::sleep_for(milliseconds(rng.below(400)));
      server_.go_on();
    } else {
      server_.kill();
      std::this_thread::sleep_for(milliseconds(rng.below(300)));
      server_.start();
    }
  }
  const std::uint64_t before = found;
  EXPECT_TRUE(eventually([&] { return found > before; })) << "it serves again after all that";
  done = true;
  viewers.join();
}

}  // namespace
}  // namespace marquee::testing
