#include "adapters/redis/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/fake_redis_fixture.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

SteadyTime in(milliseconds time) { return std::chrono::steady_clock::now() + time; }
SteadyTime some_time() { return in(milliseconds(10'000)); }

class ConnectionTest : public ::testing::Test {
 protected:
  Result<std::vector<Reply>> ask(std::vector<Command> commands, SteadyTime deadline) {
    auto connection = Connection::open(server_.address(), some_time());
    if (!connection.ok()) return std::move(connection).error();
    return connection->exchange(commands, deadline);
  }
  ErrorCode failure_of(const std::string& answer, milliseconds time = milliseconds(10'000)) {
    server_.answer("GET", answer);
    const auto replies = ask({{"GET", "k"}}, in(time));
    return replies.ok() ? ErrorCode::kInternal : replies.error().code;
  }

  FakeRedis server_;
};

TEST_F(ConnectionTest, GivesRepliesInTheOrderOfTheCommands) {
  server_.answer("GET", [](const auto& words) { return FakeRedis::bulk("of " + words[1]); });
  const auto replies = ask({{"GET", "a"}, {"GET", std::string_view("b\0c", 3)}}, some_time());
  ASSERT_TRUE(replies.ok()) << replies.error().message;
  ASSERT_EQ(replies->size(), 2U);
  EXPECT_EQ(text_of(*(*replies)[0]), "of a");
  EXPECT_EQ(text_of(*(*replies)[1]), std::string_view("of b\0c", 6));
}

TEST_F(ConnectionTest, TakesAnErrorReplyForAReply) {
  server_.answer("GET", "-OOM command not allowed\r\n");
  const auto replies = ask({{"GET", "k"}}, some_time());
  ASSERT_TRUE(replies.ok());
  const auto checked = check_reply(*replies->front());
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().message, HasSubstr("OOM command not allowed"));
  EXPECT_EQ(text_of(*replies->front()), "");
}

TEST_F(ConnectionTest, EndsWhenNobodyAnswers) {
  EXPECT_EQ(failure_of("", milliseconds(20)), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(failure_of("$100\r\nhalf of", milliseconds(20)), ErrorCode::kDeadlineExceeded);
}

TEST_F(ConnectionTest, EndsWhenTheOtherSideHangsUp) {
  EXPECT_EQ(failure_of(FakeRedis::kHangUp), ErrorCode::kUnavailable);
}

TEST_F(ConnectionTest, RefusesWhatIsNotRedis) {
  EXPECT_EQ(failure_of("HTTP/1.1 400 Bad Request\r\n\r\n"), ErrorCode::kDataLoss);
  EXPECT_EQ(failure_of("%2\r\n+a\r\n:1\r\n"), ErrorCode::kDataLoss) << "RESP3 was not asked for";
  EXPECT_EQ(failure_of(":12x\r\n", milliseconds(20)), ErrorCode::kDataLoss);
}

TEST_F(ConnectionTest, BelievesNoArrayThatNobodyWouldSend) {
  EXPECT_NE(failure_of("*2147483647\r\n"), ErrorCode::kDeadlineExceeded);
  EXPECT_NE(failure_of("*5000\r\n"), ErrorCode::kDeadlineExceeded);
}

/// One byte at a time never lets a socket's own time-out pass.
TEST_F(ConnectionTest, HoldsItsDeadlineAgainstCrumbs) {
  const auto done =
      std::make_shared<std::atomic<bool>>(false);  // the server lives longer than this
  server_.answer("GET", [done, n = 0](const auto&) mutable {
    if (!*done) std::this_thread::sleep_for(milliseconds(5));
    return std::string(n++ == 0 ? "$100000\r\n" : "x");
  });
  const std::vector<Command> many(2'000, Command{"GET", "k"});
  const auto start = std::chrono::steady_clock::now();
  const auto replies = ask(many, in(milliseconds(100)));
  *done = true;
  ASSERT_FALSE(replies.ok());
  EXPECT_EQ(replies.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5'000));
}

TEST(ConnectionOpen, SaysThatNobodyListens) {
  RedisAddress nowhere;
  nowhere.host = "127.0.0.1";
  nowhere.port = 1;
  const auto connection = Connection::open(nowhere, some_time());
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(connection.error().message, HasSubstr("refused"));
}

}  // namespace
}  // namespace marquee::redis
