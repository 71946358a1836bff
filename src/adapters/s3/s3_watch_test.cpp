#include "adapters/s3/s3_watch.h"

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::s3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

/// A port of 127.0.0.1. Connections are taken by the system, as with a server that hangs, until
/// answer() takes the next one.
class Port {
 public:
  Port() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, plain, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, plain, &size), 0);
    number_ = ntohs(address.sin_port);
  }
  ~Port() { close(); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  void close() {
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }
  /// Takes one connection and says `text`, a piece every `pause`, then closes it.
  std::thread answer(std::string text, std::size_t piece = 1'000, milliseconds pause = {}) {
    return std::thread([this, text = std::move(text), piece, pause] {
      const int client = ::accept(listener_, nullptr, nullptr);
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
    address.endpoint = "127.0.0.1:" + std::to_string(number_);
    address.tls = false;
    address.shown = "s3://lakehouse at 127.0.0.1";
    return address;
  }

 private:
  int listener_;
  std::uint16_t number_ = 0;
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
