// The near copies of a RedisCache while Redis tells of changes at the worst moment, in nonsense, or
// not at all. What a real server does is in tests/platform.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/fake_redis_fixture.h"
#include "adapters/redis/redis_cache.h"
#include "formats/cached_list.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::HasSubstr;

const UserId kCopiedUser("u1");
const std::optional<ModelVersion> kCopiedGeneration(ModelVersion("g1"));
constexpr const char* kListKey = "recs:list:u1";

class NearCopiesFaults : public ::testing::Test {
 protected:
  NearCopiesFaults() {
    movies_.intern(MovieId("m0"));
    start(milliseconds(20'000));  // late answers are not what most of these are about
  }

  void start(milliseconds answer_max) {
    RedisCache::Options options;
    options.call_budget = milliseconds(5'000);
    options.background_budget = milliseconds(1'000);
    options.slow_fill_max = milliseconds(0);
    options.breaker.backoff_min = milliseconds(10);
    options.breaker.backoff_max = milliseconds(50);
    options.near_bytes_max = 1 << 20;
    options.near_answer_max = answer_max;
    cache_.reset();
    cache_.emplace(server_.address(), movies_, clock_, options);
    ASSERT_TRUE(eventually([&] { return cache_->near_health().ok(); }));
    serve_list(3);
  }
  std::string mget_answer(std::uint64_t version) {
    const CachedList list{kCopiedGeneration, version, {{0, 0.5F}}, Source::kHybrid, 7};
    const std::string value = formats::encode_cached_list(
        list, formats::cached_list_stamp(kCopiedUser, epoch_, kCopiedGeneration), movies_);
    return "*3\r\n" + FakeRedis::bulk(epoch_) + "$-1\r\n" + FakeRedis::bulk(value);
  }
  void serve_list(std::uint64_t version) {
    epoch_ = server_.epoch();
    server_.answer("EVAL", FakeRedis::bulk(epoch_));  // it stays in force for who connects later
    server_.answer("MGET", mget_answer(version));
  }
  std::uint64_t find() {
    const auto list = cache_->find(kCopiedUser, kCopiedGeneration, 0);
    return list ? list->profile_version : 0;
  }
  std::size_t questions() const { return server_.count("MGET"); }
  std::uint64_t told() const { return cache_->counts().near_invalidations; }

  SystemClock clock_;
  MovieTable movies_;
  FakeRedis server_;
  std::string epoch_;
  std::optional<RedisCache> cache_;
};

TEST_F(NearCopiesFaults, FindsASecondTimeWithoutAskingRedis) {
  EXPECT_EQ(find(), 3U);
  EXPECT_EQ(find(), 3U);
  EXPECT_EQ(questions(), 1U);
  EXPECT_EQ(cache_->counts().hits, 1U);
  EXPECT_EQ(cache_->counts().near_hits, 1U);
  EXPECT_GT(cache_->bytes(), sizeof(CachedList));
  EXPECT_THAT(server_.log(), Contains("CLIENT TRACKING ON REDIRECT 7 BCAST PREFIX recs:epoch "
                                      "PREFIX recs:list:"));
}

TEST_F(NearCopiesFaults, AsksAgainAfterRedisToldOfAChange) {
  ASSERT_EQ(find(), 3U);
  serve_list(4);
  server_.tell_of_change("recs:list:somebody");
  server_.tell_of_change("recs:probe");
  ASSERT_TRUE(eventually([&] { return told() == 2; }));
  EXPECT_EQ(find(), 3U);
  server_.tell_of_change(kListKey);
  ASSERT_TRUE(eventually([&] { return told() == 3; }));
  EXPECT_EQ(find(), 4U);
}

/// Redis answers, the list changes, and the news comes before the answer.
TEST_F(NearCopiesFaults, ACopyThatComesAfterItsInvalidationStaysOut) {
  server_.answer("MGET", [this, answer = mget_answer(3)](const auto&) {
    const std::uint64_t before = told();
    server_.tell_of_change(kListKey);
    EXPECT_TRUE(eventually([&] { return told() > before; }));
    return answer;
  });
  EXPECT_EQ(find(), 3U) << "the answer is what Redis had";
  serve_list(4);
  EXPECT_EQ(find(), 4U) << "no copy of it was kept";
  EXPECT_EQ(cache_->counts().near_kept_out, 1U);
}

TEST_F(NearCopiesFaults, ABumpDuringAQuestionKeepsTheCopyOut) {
  server_.answer("EVALSHA", "");  // Redis does not confirm it, so this process knows alone
  server_.answer("MGET", [this, answer = mget_answer(3)](const auto&) {
    cache_->bump(kCopiedUser, 4);
    return answer;
  });
  (void)find();
  EXPECT_EQ(find(), 0U);
}

TEST_F(NearCopiesFaults, AnotherEpochDropsAll) {
  ASSERT_EQ(find(), 3U);
  server_.tell_of_change("recs:epoch");
  ASSERT_TRUE(eventually([&] { return cache_->counts().near_lists == 0; }));
  EXPECT_TRUE(cache_->near_health().ok());
}

TEST_F(NearCopiesFaults, AnEmptiedServerDropsAll) {
  ASSERT_EQ(find(), 3U);
  server_.tell("*3\r\n" + FakeRedis::bulk("message") + FakeRedis::bulk("__redis__:invalidate") +
               "$-1\r\n");
  EXPECT_TRUE(eventually([&] { return cache_->counts().near_lists == 0; }));
}

TEST_F(NearCopiesFaults, NonsenseDropsAllAndConnectsAnew) {
  for (const char* nonsense :
       {"+hello\r\n", "*1\r\n+x\r\n", "*2\r\n+x\r\n+y\r\n", ":5\r\n", "-ERR something\r\n",
        "what?\r\n", "*3\r\n+message\r\n+other\r\n*0\r\n",
        "*3\r\n+message\r\n+__redis__:invalidate\r\n:1\r\n"}) {
    (void)find();
    ASSERT_EQ(cache_->counts().near_lists, 1U) << nonsense;
    const std::uint64_t losses = cache_->counts().near_losses;
    server_.tell(nonsense);
    ASSERT_TRUE(eventually([&] { return cache_->counts().near_losses > losses; })) << nonsense;
    ASSERT_TRUE(eventually([&] { return cache_->near_health().ok(); })) << nonsense;
    EXPECT_EQ(cache_->counts().near_lists, 0U) << nonsense;
  }
}

TEST_F(NearCopiesFaults, SilenceEndsTheTrustWhileRedisItselfAnswers) {
  start(milliseconds(300));
  ASSERT_TRUE(eventually([&] { return find() == 3 && cache_->counts().near_lists == 1; }));
  server_.answer("PING", "");
  ASSERT_TRUE(eventually([&] { return !cache_->near_health().ok(); }));
  ASSERT_TRUE(eventually([&] { return cache_->counts().near_lists == 0; }));
  serve_list(4);
  EXPECT_EQ(find(), 4U);
  EXPECT_TRUE(cache_->health().ok());
  EXPECT_EQ(cache_->counts().near_lists, 0U);
  EXPECT_TRUE(eventually([&] {
    const auto health = cache_->near_health();
    return !health.ok() && health.error().message.find("PING") != std::string::npos;
  }));
}

TEST_F(NearCopiesFaults, AServerThatRefusesTrackingIsUsedWithoutCopies) {
  server_.answer("CLIENT", "-NOPERM this user has no permissions to run 'client'\r\n");
  cache_.reset();
  RedisCache::Options options;
  options.near_bytes_max = 1 << 20;
  options.slow_fill_max = milliseconds(0);
  options.call_budget = milliseconds(5'000);
  cache_.emplace(server_.address(), movies_, clock_, options);
  serve_list(3);
  EXPECT_TRUE(eventually([&] { return server_.count("CLIENT") > 2; })) << "it tries again";
  EXPECT_EQ(find(), 3U);
  EXPECT_EQ(find(), 3U);
  EXPECT_EQ(cache_->counts().near_hits, 0U);
  EXPECT_TRUE(cache_->health().ok());
  EXPECT_FALSE(cache_->near_health().ok());
}

/// A name that leads elsewhere now: lists from one server, news from another.
TEST_F(NearCopiesFaults, KeepsNoCopyFromAnotherServerThanTellsOfChanges) {
  ASSERT_EQ(find(), 3U);
  server_.be_an_empty_primary("run2");
  server_.answer("MGET", "*3\r\n" + FakeRedis::bulk("run2.x") + "$-1\r\n$-1\r\n");
  server_.tell_of_change(kListKey);
  ASSERT_TRUE(eventually([&] { return cache_->counts().near_lists == 0; }));
  EXPECT_TRUE(eventually([&] {
    (void)find();
    return cache_->counts().near_losses > 0;
  }));
  EXPECT_TRUE(eventually([&] {
    (void)find();
    return cache_->health().ok() && cache_->near_health().ok();
  }));
}

TEST_F(NearCopiesFaults, KeepsNoCopyOfAListWhoseEndIsUnknown) {
  for (const char* ttl : {":-1\r\n", ":-2\r\n", ":0\r\n", "+OK\r\n"}) {
    server_.answer("PTTL", ttl);
    EXPECT_EQ(find(), 3U) << ttl;
    EXPECT_EQ(cache_->counts().near_lists, 0U) << ttl;
  }
  server_.answer("PTTL", ":1\r\n");
  EXPECT_EQ(find(), 3U);
  std::this_thread::sleep_for(milliseconds(2));
  serve_list(4);
  EXPECT_EQ(find(), 4U) << "the copy ended with the list";
}

TEST_F(NearCopiesFaults, ShowsNoCopyWhileTheBreakerIsOpen) {
  ASSERT_EQ(find(), 3U);
  server_.answer("SET", "-OOM command not allowed when used memory > 'maxmemory'\r\n");
  server_.answer("EVALSHA", "-OOM command not allowed when used memory > 'maxmemory'\r\n");
  cache_->bump(UserId("other"), 1);
  ASSERT_TRUE(eventually([&] { return !cache_->health().ok(); }));
  EXPECT_EQ(find(), 0U);
}

}  // namespace
}  // namespace marquee::redis
