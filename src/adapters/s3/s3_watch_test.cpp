#include "adapters/s3/s3_watch.h"

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/local_listener.h"

namespace marquee::s3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

/// Hangs until answer() takes the next connection.
class Port {
 public:
  void close() { listener_.close(); }
  /// Takes one connection and says `text`, a piece every `pause`, then closes it.
  std::thread answer(std::string text, std::size_t piece = 1'000, milliseconds pause = {}) {
    return std::thread([this, text = std::move(text), piece, pause] {
      const int client = listener_.accept(seconds(60));
      for (std::size_t at = 0; at < text.size(); at += piece) {
        const std::string part = text.substr(at, piece);
        if (::send(client, part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
        std::this_thread::sleep_for(pause);
      }
      ::close(client);
    });
  }
  S3Address address() const {
    S3Address address;
    address.bucket = "lakehouse";
    address.endpoint = listener_.endpoint();
    address.tls = false;
    address.shown = "s3://lakehouse at 127.0.0.1";
    return address;
  }

 private:
  testing::LocalListener listener_;
};

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + seconds(60);
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

TEST(S3Watch, AnyHttpAnswerIsASignOfLife) {
  Port port;
  auto server = port.answer("HTTP/1.1 403 Forbidden\r\n\r\n");
  const auto seen = look_at_s3(port.address(), seconds(30));
  server.join();
  EXPECT_TRUE(seen.ok()) << seen.error().message;
}

TEST(S3Watch, SaysWhenNobodyListens) {
  Port port;
  port.close();
  const auto seen = look_at_s3(port.address(), seconds(30));
  ASSERT_FALSE(seen.ok());
  EXPECT_EQ(seen.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(seen.error().message, HasSubstr("s3://lakehouse at 127.0.0.1: Connection refused"));
}

TEST(S3Watch, AServerThatTakesConnectionsAndSaysNothingIsAway) {
  const Port port;
  const auto seen = look_at_s3(port.address(), milliseconds(50));
  ASSERT_FALSE(seen.ok());
  EXPECT_THAT(seen.error().message, HasSubstr("no answer in time"));
}

TEST(S3Watch, AnAnswerByteByByteDoesNotHoldItUp) {
  Port port;
  auto server = port.answer("HTTP/1.1 200 OK", 1, milliseconds(200));
  const auto begun = Clock::now();
  EXPECT_FALSE(look_at_s3(port.address(), milliseconds(300)).ok());
  EXPECT_LT(Clock::now() - begun, seconds(30));
  server.join();
}

TEST(S3Watch, OtherProtocolsAreNoStore) {
  Port port;
  auto server = port.answer("220 mail.example ESMTP\r\n");
  const auto seen = look_at_s3(port.address(), seconds(30));
  server.join();
  ASSERT_FALSE(seen.ok());
  EXPECT_THAT(seen.error().message, HasSubstr("does not speak HTTP"));
}

TEST(S3Watch, FollowsAServerThatGoesAway) {
  Port port;
  S3Watch::Options options;
  options.interval = milliseconds(5);
  options.answer_timeout = seconds(30);
  auto server = port.answer("HTTP/1.1 200 OK\r\n\r\n");
  const S3Watch watch(port.address(), options);
  server.join();
  EXPECT_TRUE(watch.health().ok());
  port.close();
  EXPECT_TRUE(eventually([&] { return !watch.health().ok(); }));
}

}  // namespace
}  // namespace marquee::s3
