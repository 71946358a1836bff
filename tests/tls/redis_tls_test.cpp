// Redis under TLS with a user of its own, and what an operator reads when it lets nobody in.
#include <thread>

#include "adapters/redis/redis_cache.h"
#include "adapters/redis/session.h"
#include "base/clock.h"
#include "tls/servers.h"

namespace marquee::testing {
namespace {

using redis::RedisAddress;
using redis::RedisCache;
using std::chrono::milliseconds;

const SystemClock kRedisClock;

Result<RedisAddress> address(const std::string& url) {
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(url));
  return RedisAddress::from(uri);
}

class RedisTlsTest : public ::testing::Test {
 protected:
  /// Why nobody comes in at `url`.
  static Error refusal(const std::string& url) {
    const auto where = address(url);
    if (!where.ok()) return where.error();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto session = redis::Session::open(*where, redis::Keys("test"), kRedisClock, deadline);
    EXPECT_FALSE(session.ok()) << "was let in";
    return session.ok() ? Error{} : session.error();
  }

  const std::string url_ = stack_variable("STACK_REDIS_URL");
  const std::string secret_ = password_of(url_);
};

TEST_F(RedisTlsTest, ListsAreKeptUnderTlsAndChangesAreHeardOf) {
  MovieTable movies;
  movies.intern(MovieId("m0"));
  const auto where = address(url_);
  ASSERT_TRUE(where.ok()) << where.error().message;
  RedisCache::Options options;
  options.call_budget = milliseconds(5'000);
  RedisCache cache(*where, movies, kRedisClock, options);
  const std::optional<ModelVersion> generation(ModelVersion("g1"));
  const UserId user(unique_name());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  bool found = false;
  while ((!found || !cache.near_health().ok()) && std::chrono::steady_clock::now() < end) {
    cache.fill(user, std::make_shared<const CachedList>(
                         CachedList{generation, 1, {{0, 0.5F}}, Source::kHybrid, 1}));
    found = cache.find(user, generation, 0) != nullptr;
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_TRUE(found);
  EXPECT_TRUE(cache.near_health().ok()) << cache.near_health().error().message;
}

TEST_F(RedisTlsTest, AnswersThatFillManyRecordsOfTlsComeWhole) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto session =
      redis::Session::open(address(url_).value(), redis::Keys("test"), kRedisClock, deadline);
  ASSERT_TRUE(session.ok()) << session.error().message;
  const std::string value(1 << 20, 'x');
  const std::string key = unique_name();
  const std::vector<redis::Command> commands{{"SET", key, value}, {"GET", key}, {"DEL", key}};
  const auto replies = session->exchange(commands, deadline);
  ASSERT_TRUE(replies.ok()) << replies.error().message;
  EXPECT_EQ(redis::text_of(*(*replies)[1]), value);
}

TEST_F(RedisTlsTest, AWrongPasswordOrUserNamesTheSetting) {
  for (const std::string& url :
       {with(url_, secret_, "hunter2"), with(url_, "marquee:", "nobody:")}) {
    const Error error = refusal(url);
    EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
    expect_one_line(error, {"WRONGPASS", "password", "setting cache"}, "hunter2");
  }
}

TEST_F(RedisTlsTest, AnAuthorityThatDoesNotVouchForItIsTold) {
  const Error error = refusal(with(url_, authority(), kStrangers));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"certificate", "ca_file", "setting cache"}, secret_);
}

TEST_F(RedisTlsTest, ACertificateForAnotherHostIsNotBelieved) {
  const Error error = refusal(with(url_, "127.0.0.1", "localhost"));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"mismatch", "host"}, secret_);
}

TEST_F(RedisTlsTest, AFileOfAuthoritiesThatIsMissingIsNamed) {
  const Error error = refusal(with(url_, authority(), "/no/such/ca.pem"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  expect_one_line(error, {"'ca_file'", "/no/such/ca.pem"}, secret_);
}

TEST_F(RedisTlsTest, WhoSpeaksPlainlyToTlsHearsNothingOfUse) {
  const std::string plain = with(url_, "rediss://", "redis://");
  const Error error = refusal(plain.substr(0, plain.find('?')));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  expect_one_line(error, {"rediss://"}, secret_);
}

TEST_F(RedisTlsTest, TheCacheSaysInItsHealthWhyNobodyIsLetIn) {
  MovieTable movies;
  RedisCache cache(address(with(url_, authority(), kStrangers)).value(), movies, kRedisClock, {});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (cache.health().ok() && std::chrono::steady_clock::now() < end) {
    (void)cache.find(UserId("u"), std::nullopt, 0);
    std::this_thread::sleep_for(milliseconds(20));
  }
  const auto health = cache.health();
  ASSERT_FALSE(health.ok());
  expect_one_line(health.error(), {"rediss://", "certificate", "setting cache"}, secret_);
}

}  // namespace
}  // namespace marquee::testing
