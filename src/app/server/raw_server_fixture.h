#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "testing/local_listener.h"

namespace marquee::app {

/// A server on 127.0.0.1 that takes one connection, reads the head of one request, sends the given
/// bytes piece by piece whatever was asked, and hangs up.
class RawServer {
 public:
  explicit RawServer(std::vector<std::string> pieces)
      : pieces_(std::move(pieces)), thread_(std::jthread([this] { serve(); })) {}
  ~RawServer() {
    ::shutdown(listener_.descriptor(), SHUT_RDWR);  // wakes an accept that nobody came to
    if (thread_.joinable()) thread_.join();
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string address() const { return "http://" + listener_.endpoint(); }
  /// The head of the request. Waits until the connection has ended.
  const std::string& request() {
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  void serve() {
    const int peer = listener_.accept(std::chrono::minutes(1));
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
  const testing::LocalListener listener_;
  std::string request_;
  std::jthread thread_;
};

}  // namespace marquee::app
