// A RedisCache under answers that no sound Redis would give, or none. What a real server does when
// it is killed, stopped or full is in tests/platform.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/fake_redis_fixture.h"
#include "adapters/redis/redis_cache.h"
#include "formats/cached_list.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using State = CircuitBreaker::State;

const UserId kUser("u1");
const std::optional<ModelVersion> kGeneration(ModelVersion("g1"));

class RedisCacheFaults : public ::testing::Test {
 protected:
  RedisCacheFaults() {
    movies_.intern(MovieId("m0"));
    start({});
  }

  void start(RedisCache::Options options) {
    options.call_budget = milliseconds(100);
    options.slow_fill_max = milliseconds(0);
    options.breaker.backoff_min = milliseconds(10);
    options.breaker.backoff_max = milliseconds(50);
    cache_.emplace(server_.address(), movies_, clock_, options);
  }
  static std::shared_ptr<const CachedList> list(std::uint64_t version) {
    return std::make_shared<const CachedList>(
        CachedList{kGeneration, version, {{0, 0.5F}}, Source::kHybrid, 7});
  }
  std::shared_ptr<const CachedList> find() { return cache_->find(kUser, kGeneration, 0); }

  /// MGET finds a list of version 3 for `user`, which `change` may damage.
  void serve_list(const UserId& user = kUser, void (*change)(std::string&) = nullptr) {
    const std::string epoch = server_.epoch();
    std::string value = formats::encode_cached_list(
        *list(3), formats::cached_list_stamp(user, epoch, kGeneration), movies_);
    if (change != nullptr) change(value);
    server_.answer("MGET", "*3\r\n" + FakeRedis::bulk(epoch) + "$-1\r\n" + FakeRedis::bulk(value));
  }
  void heal() {
    server_.be_an_empty_primary("run1");
    server_.answer("EVAL",
                   [epoch = server_.epoch()](const auto&) { return FakeRedis::bulk(epoch); });
  }
  bool is_closed() { return cache_->counts().breaker == State::kClosed; }
  bool is_open() { return !is_closed(); }

  SystemClock clock_;
  MovieTable movies_;
  FakeRedis server_;
  std::optional<RedisCache> cache_;
};

TEST_F(RedisCacheFaults, FindsInOneRoundTrip) {
  serve_list();
  const std::size_t before = server_.log().size();
  ASSERT_NE(find(), nullptr);
  EXPECT_EQ(server_.log().size(), before + 1);
  EXPECT_EQ(server_.log().back(), "MGET recs:epoch recs:version:u1 recs:list:u1");
}

TEST_F(RedisCacheFaults, NeverShowsTheListOfAnotherViewer) {
  serve_list(UserId("u2"));
  EXPECT_EQ(find(), nullptr) << "an answer to somebody else's question";
  EXPECT_EQ(cache_->counts().misses, 1U);
}

TEST_F(RedisCacheFaults, TakesADamagedListForAMissAndCountsIt) {
  serve_list(kUser, [](std::string& value) { value[40] ^= 1; });
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(cache_->counts().damaged, 1U);
  EXPECT_TRUE(cache_->health().ok()) << "Redis itself is well";
}

TEST_F(RedisCacheFaults, TakesAVersionThatIsNoNumberForAMiss) {
  serve_list();
  const std::string epoch = FakeRedis::bulk(server_.epoch());
  server_.answer("MGET", "*3\r\n" + epoch + "$3\r\nabc\r\n$1\r\nx\r\n");
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(cache_->counts().damaged, 1U);
}

TEST_F(RedisCacheFaults, MissesWhenTheAnswerIsGarbage) {
  for (const char* answer : {"HTTP/1.1 400\r\n\r\n", ":1\r\n", "*1\r\n:1\r\n", "*0\r\n",
                             "*2147483647\r\n", "*3\r\n*0\r\n*0\r\n*0\r\n", "$5\r\nhello\r\n"}) {
    server_.answer("MGET", answer);
    EXPECT_EQ(find(), nullptr) << answer;
    heal();
    ASSERT_TRUE(eventually([&] { return is_closed(); }));
  }
  serve_list();
  EXPECT_TRUE(eventually([&] { return find() != nullptr; })) << "it is trusted again";
}

TEST_F(RedisCacheFaults, StopsAskingAServerThatDoesNotAnswer) {
  server_.answer("MGET", "");
  server_.answer("SET", "");
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(find(), nullptr);
    return is_open();
  }));
  EXPECT_GE(cache_->counts().timeouts, 5U);
  const std::size_t asked = server_.count("MGET");
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(server_.count("MGET"), asked);
  ASSERT_FALSE(cache_->health().ok());
  EXPECT_THAT(cache_->health().error().message, HasSubstr("redis://127.0.0.1:"));
  heal();
  serve_list();
  EXPECT_TRUE(eventually([&] { return find() != nullptr; }));
}

TEST_F(RedisCacheFaults, OneThatFallsSilentCostsOneBudgetAndNotOneForEachCall) {
  RedisCache::Options slow_to_connect;
  slow_to_connect.background_budget = milliseconds(3'000);
  start(slow_to_connect);
  for (const char* verb : {"MGET", "EVALSHA", "INFO", "SET"}) server_.answer(verb, "");
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(find(), nullptr);
    cache_->fill(kUser, list(3));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(1'500))
      << "100 ms for the first; 40 calls of 100 ms while the next connection is opened";
  EXPECT_EQ(cache_->counts().timeouts, 1U);
  EXPECT_GT(cache_->counts().unconnected, 0U);
}

TEST_F(RedisCacheFaults, LeavesARedisAloneThatRefusesWrites) {
  for (const char* refusal : {"-OOM command not allowed when used memory > 'maxmemory'\r\n",
                              "-READONLY You can't write against a read only replica\r\n",
                              "-MISCONF Errors writing to the disk\r\n", "-LOADING\r\n"}) {
    server_.answer("EVALSHA", refusal);
    server_.answer("SET", refusal);
    serve_list();
    cache_->fill(kUser, list(3));
    EXPECT_EQ(cache_->counts().breaker_opened, 1U) << refusal;
    EXPECT_EQ(find(), nullptr) << "a cache that takes no bumps is not to be read";
    EXPECT_THAT(cache_->health().error().message, HasSubstr(std::string(refusal).substr(1, 5)));
    start({});  // a new one, which is closed
    heal();
    start({});
  }
}

TEST_F(RedisCacheFaults, IsNotMovedByOneKeyOfTheWrongType) {
  const char* const wrong =
      "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
  server_.answer("EVALSHA", wrong);
  cache_->fill(kUser, list(3));
  cache_->bump(kUser, 4);
  EXPECT_TRUE(eventually([&] { return cache_->counts().kept_bumps == 0; }));
  EXPECT_TRUE(cache_->health().ok());
  EXPECT_EQ(cache_->counts().fills_dropped, 1U);
}

TEST_F(RedisCacheFaults, CountsABumpFromTheMomentItIsMade) {
  serve_list();
  ASSERT_NE(find(), nullptr);
  server_.answer("EVALSHA", "");  // never confirmed
  cache_->bump(kUser, 4);
  EXPECT_EQ(find(), nullptr);
  const std::size_t fills = cache_->counts().fills;
  cache_->fill(kUser, list(3));
  EXPECT_EQ(cache_->counts().fills, fills);
}

TEST_F(RedisCacheFaults, SendsKeptBumpsBeforeItAsksAgain) {
  server_.answer("SET", "-OOM\r\n");
  server_.answer("EVALSHA", "-OOM\r\n");
  for (std::uint64_t i = 0; i < 600; ++i) cache_->bump(UserId("v" + std::to_string(i)), i + 1);
  ASSERT_TRUE(eventually([&] { return is_open(); }));
  EXPECT_EQ(cache_->counts().kept_bumps, 600U);
  const std::size_t outage = server_.log().size();
  heal();
  EXPECT_TRUE(eventually([&] {
    (void)find();
    return server_.count("MGET") > 0;
  }));
  const auto log = server_.log();
  const auto asked = std::find_if(log.begin() + static_cast<std::ptrdiff_t>(outage), log.end(),
                                  [](const auto& line) { return line.starts_with("MGET"); });
  const auto sent = std::count_if(log.begin() + static_cast<std::ptrdiff_t>(outage), asked,
                                  [](const auto& line) { return line.starts_with("EVALSHA"); });
  EXPECT_GE(sent, 600);
  EXPECT_EQ(cache_->counts().kept_bumps, 0U);
}

TEST_F(RedisCacheFaults, BeginsAnotherEpochWhenItHadToForgetABump) {
  RedisCache::Options small;
  small.kept_bumps_max = 2;
  start(small);
  server_.answer("SET", "-OOM\r\n");
  server_.answer("EVALSHA", "-OOM\r\n");
  for (const char* user : {"a", "b", "c"}) cache_->bump(UserId(user), 5);
  serve_list();
  EXPECT_EQ(find(), nullptr);
  EXPECT_EQ(cache_->counts().gaps, 1U);
  EXPECT_FALSE(cache_->health().ok());
  const std::string old_epoch = server_.epoch();
  heal();
  ASSERT_TRUE(eventually([&] { return cache_->health().ok(); }));
  EXPECT_GE(server_.count("SET recs:epoch run1."), 1U);  // again when the first was late
  EXPECT_EQ(server_.count("SET recs:epoch " + old_epoch), 0U);
}

TEST_F(RedisCacheFaults, ClearsLaterWhatItCouldNotClearAtOnce) {
  server_.answer("SET", "-OOM\r\n");
  cache_->clear();
  serve_list();
  EXPECT_EQ(find(), nullptr) << "cleared is cleared";
  heal();
  ASSERT_TRUE(eventually([&] { return cache_->health().ok(); }));
  EXPECT_GE(server_.count("SET recs:epoch run1."), 2U);
}

TEST_F(RedisCacheFaults, BytesAreAskedForInTheBackgroundAlsoWithoutAnIdleConnection) {
  telemetry::Metrics metrics;
  server_.answer("MGET", FakeRedis::kHangUp);
  (void)find();  // which closes all connections
  cache_->report_to(metrics);
  EXPECT_TRUE(eventually([&] { return cache_->bytes() == 1'234'567; }));
  server_.answer("INFO", "");
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) (void)cache_->bytes();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2)) << "no round trips";
  cache_.reset();  // before the metrics
}

TEST_F(RedisCacheFaults, DoesNotTrustAServerWhoseEpochIsGone) {
  server_.answer("MGET", "*3\r\n$-1\r\n$-1\r\n$-1\r\n");
  EXPECT_EQ(find(), nullptr);
  const std::size_t settled = server_.count("EVAL ");
  heal();
  EXPECT_TRUE(eventually([&] {
    (void)find();
    return cache_->counts().misses > 0;
  })) << "the next connection settles the epoch";
  EXPECT_GT(server_.count("EVAL "), settled);
}

TEST(RedisCacheAlone, StartsAndWorksWithoutAServer) {
  telemetry::Metrics metrics;
  SystemClock clock;
  MovieTable movies;
  RedisAddress nowhere;
  nowhere.host = "127.0.0.1";
  nowhere.port = 1;
  nowhere.shown = "redis://127.0.0.1:1";
  RedisCache cache(nowhere, movies, clock, {});
  cache.bump(kUser, 1);
  cache.fill(kUser, std::make_shared<const CachedList>());
  EXPECT_EQ(cache.find(kUser, kGeneration, 0), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
  cache.clear();
  EXPECT_FALSE(cache.health().ok());
  cache.report_to(metrics);
  EXPECT_TRUE(eventually(
      [&] { return metrics.exposition().find("marquee_redis_cache_up 0") != std::string::npos; }));
  EXPECT_THAT(metrics.exposition(), HasSubstr("marquee_redis_cache_kept_bumps 1"));
  EXPECT_EQ(metrics.samples("marquee_redis_cache_connections_open").at(0).value, 0);
  EXPECT_EQ(metrics.samples("marquee_redis_cache_connections_max").at(0).value,
            static_cast<double>(RedisCache::Options().connections_max));
  EXPECT_GT(metrics.samples("marquee_redis_cache_breaker_state").at(0).value, 0);
  EXPECT_EQ(metrics.samples("marquee_redis_cache_breaker_backoff_seconds").size(), 1U);
  EXPECT_THAT(metrics.exposition(), HasSubstr("finds_total{result=\"unanswered\"} 1"));
}

}  // namespace
}  // namespace marquee::redis
