#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::app {

/// A server on 127.0.0.1 that takes one connection, reads the head of one request, sends the given
/// bytes piece by piece whatever was asked, and hangs up.
class RawServer {
 public:
  explicit RawServer(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes an accept that nobody came to
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The head of the request. Waits until the connection has ended.
  const std::string& request() {
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  void serve() {
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    char c = 0;
    while (!request_.ends_with("\r\n\r\n") && ::recv(peer, &c, 1, 0) == 1) request_ += c;
    for (const std::string& piece : pieces_) {
      if (::send(peer, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
      std::this_thread::yield();
    }
    ::shutdown(peer, SHUT_WR);
    ::close(peer);
  }

  const std::vector<std::string> pieces_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::string request_;
  std::jthread thread_;
};

}  // namespace marquee::app
