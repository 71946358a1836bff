#include "adapters/redis/session.h"

#include <future>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/fake_redis_fixture.h"
#include "adapters/redis/session_pool.h"
#include "testing/manual_clock.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

SteadyTime session_time() { return std::chrono::steady_clock::now() + milliseconds(10'000); }
SteadyTime soon() { return std::chrono::steady_clock::now() + milliseconds(20); }

class SessionTest : public ::testing::Test {
 protected:
  Result<Session> open() { return Session::open(address_, keys_, clock_, session_time()); }

  FakeRedis server_;
  RedisAddress address_ = server_.address();
  Keys keys_{"recs:"};
  testing::ManualClock clock_;
};

TEST_F(SessionTest, LogsInAndChoosesTheDatabase) {
  address_.user = "ann";
  address_.password = "hunter2";
  address_.database = 3;
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(server_.log().at(0), "AUTH ann hunter2");
  EXPECT_EQ(server_.log().at(1), "SELECT 3");
  address_.user.clear();
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(server_.count("AUTH hunter2"), 1U);
}

TEST_F(SessionTest, SaysThatItIsNotLetInWithoutThePassword) {
  address_.password = "hunter2";
  server_.answer("AUTH", "-WRONGPASS invalid username-password pair\r\n");
  const auto session = open();
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(session.error().message, HasSubstr("WRONGPASS"));
  EXPECT_THAT(session.error().message, Not(HasSubstr("hunter2")));
}

TEST_F(SessionTest, KeepsTheEpochOfThisRunAndNoOther) {
  server_.answer("EVAL", FakeRedis::bulk("run1.abc"));
  EXPECT_EQ(open()->epoch(), "run1.abc");
  EXPECT_THAT(server_.log().back(), HasSubstr("recs:epoch run1 run1."));
  server_.answer("EVAL", FakeRedis::bulk("run0.abc"));
  EXPECT_EQ(open().error().code, ErrorCode::kDataLoss);
}

TEST_F(SessionTest, RefusesAReplica) {
  server_.answer("INFO", FakeRedis::bulk("# X\r\nrun_id:run1\r\nrole:slave\r\n"));
  const auto session = open();
  ASSERT_FALSE(session.ok());
  EXPECT_THAT(session.error().message, HasSubstr("replica"));
}

TEST_F(SessionTest, RefusesAServerThatDoesNotSayWhichRunItIs) {
  server_.answer("INFO", FakeRedis::bulk("# Server\r\nredis_version:7\r\n"));
  EXPECT_EQ(open().error().code, ErrorCode::kDataLoss);
}

TEST_F(SessionTest, RunsAScriptByItsTextWhenTheDigestIsForgotten) {
  auto session = open();
  ASSERT_TRUE(session.ok());
  server_.answer("EVALSHA", [n = 0](const auto&) mutable {
    return std::string(n++ == 1 ? ":1\r\n" : "-NOSCRIPT No matching script\r\n");
  });
  server_.answer("EVAL", [](const auto& words) { return FakeRedis::bulk(words.back()); });
  const auto replies =
      session->run(kBumpScript, {{"0", "a"}, {"0", "b"}, {"0", "c"}}, session_time());
  ASSERT_TRUE(replies.ok());
  EXPECT_EQ(text_of(*(*replies)[0]), "a");
  EXPECT_EQ((*replies)[1]->integer, 1);
  EXPECT_EQ(text_of(*(*replies)[2]), "c");
}

TEST(InfoField, ReadsOneLine) {
  const std::string_view info = "# Memory\r\nused_memory:123\r\nused_memory_human:1K\r\n";
  EXPECT_EQ(info_field(info, "used_memory"), "123");
  EXPECT_EQ(info_field(info, "memory"), "");
  EXPECT_EQ(info_field("", "x"), "");
}

class SessionPoolTest : public SessionTest {
 protected:
  SessionPool pool_{2, [this](SteadyTime) {
                      ++opened_;
                      return open();
                    }};
  std::atomic<int> opened_ = 0;
  int wanted_ = 0;
  std::function<void()> want_ = [this] { ++wanted_; };
};

TEST_F(SessionPoolTest, GivesTheSameSessionAgain) {
  {
    const auto loan = pool_.borrow_or_open(session_time());
  }
  {
    const auto loan = pool_.borrow(soon(), want_);
    ASSERT_TRUE(loan.ok());
  }
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(wanted_, 0);
  EXPECT_EQ(pool_.in_use(), 0U);
}

TEST_F(SessionPoolTest, DoesNotOpenForWhoIsInAHurry) {
  const auto none = pool_.borrow(soon(), want_);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(opened_, 0);
  EXPECT_EQ(wanted_, 1) << "it is asked for";
  const auto one = pool_.borrow(session_time(), [&] {
    EXPECT_TRUE(pool_.wants_more());
    ASSERT_TRUE(pool_.open_one(session_time()).ok());
  });
  EXPECT_TRUE(one.ok());
  EXPECT_FALSE(pool_.wants_more());
}

TEST_F(SessionPoolTest, NobodyWaitsForASessionThatMustBeOpenedFirst) {
  const auto none = pool_.borrow(session_time() + std::chrono::minutes(1), want_);
  ASSERT_FALSE(none.ok()) << "and not a minute later";
  EXPECT_TRUE(pool_.wants_more());
  ASSERT_TRUE(pool_.open_one(session_time()).ok());
  EXPECT_FALSE(pool_.wants_more());
  EXPECT_TRUE(pool_.borrow(soon(), want_).ok());
}

TEST_F(SessionPoolTest, OneCallerWaitsForEachThatIsOnLoan) {
  std::optional<SessionPool::Loan> loan(*pool_.borrow_or_open(session_time()));
  std::promise<void> asked;
  auto waits = std::async(std::launch::async, [&] {
    return pool_.borrow(session_time() + std::chrono::minutes(1), [&] { asked.set_value(); }).ok();
  });
  asked.get_future().wait();
  std::size_t refused = 0;
  for (int i = 0; i < 100; ++i) refused += pool_.borrow(soon(), want_).ok() ? 0 : 1;
  EXPECT_EQ(refused, 100U);
  loan.reset();
  EXPECT_TRUE(waits.get());
}

TEST_F(SessionPoolTest, WhoWaitsForALoanThatBreaksLeavesAtOnce) {
  auto loan = pool_.borrow_or_open(session_time());
  std::promise<void> asked;
  auto waits = std::async(std::launch::async, [&] {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(
        pool_.borrow(session_time() + std::chrono::minutes(1), [&] { asked.set_value(); }).ok());
    return std::chrono::steady_clock::now() - begun;
  });
  asked.get_future().wait();
  loan->drop();
  EXPECT_LT(waits.get(), std::chrono::seconds(30));
}

TEST_F(SessionPoolTest, HoldsItsLimit) {
  auto one = pool_.borrow_or_open(session_time());
  auto two = pool_.borrow_or_open(session_time());
  EXPECT_EQ(pool_.in_use(), 2U);
  EXPECT_EQ(pool_.borrow_or_open(soon()).error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(pool_.open_one(session_time()).ok());
  EXPECT_EQ(opened_, 2) << "no place: nothing is opened";
  std::thread other([&] { EXPECT_TRUE(pool_.borrow_or_open(session_time()).ok()); });
  one->drop();
  other.join();
}

TEST_F(SessionPoolTest, GivesUpAllSessionsWithTheOneThatBroke) {
  auto broken = pool_.borrow_or_open(session_time());
  {
    auto lent = pool_.borrow_or_open(session_time());
    broken->drop();
    EXPECT_EQ(pool_.in_use(), 1U);
  }
  EXPECT_FALSE(pool_.borrow(soon(), want_).ok()) << "what came back later is closed, too";
}

TEST_F(SessionPoolTest, FreesThePlaceOfASessionThatCouldNotBeOpened) {
  server_.answer("INFO", "-LOADING\r\n");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pool_.borrow_or_open(session_time()).error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(pool_.open_one(session_time()).ok());
  }
  EXPECT_EQ(pool_.in_use(), 0U);
}

}  // namespace
}  // namespace marquee::redis
