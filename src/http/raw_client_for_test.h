#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::http {

/// A client that sends literal bytes and understands no HTTP but Content-Length: what a test says
/// is what the server gets.
class RawClient {
 public:
  struct Answer {
    int status = 0;  ///< 0: the connection ended before a whole answer
    std::string head;
    std::string body;
    bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
  };

  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  bool connected() const { return connected_; }

  /// False when the server has reset the connection.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() const { ::shutdown(fd_, SHUT_WR); }

  /// The next answer; `without_body` for the answer to HEAD.
  Answer receive(bool without_body = false) {
    Answer answer;
    std::size_t end = 0;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return answer;
    }
    answer.head = in_.substr(0, end + 4);
    in_.erase(0, end + 4);
    const int status = std::atoi(answer.head.substr(std::min<std::size_t>(9, end)).c_str());
    std::size_t length = 0;
    if (const auto at = answer.head.find("Content-Length: "); at != std::string::npos) {
      length = std::strtoull(answer.head.c_str() + at + 16, nullptr, 10);
    }
    if (without_body || status < 200) length = 0;
    while (in_.size() < length) {
      if (!fill()) return answer;
    }
    answer.body = in_.substr(0, length);
    in_.erase(0, length);
    answer.status = status;
    return answer;
  }
  /// The bytes up to and with `end`, as they are; all that came when it never does.
  std::string receive_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = in_.find(end)) == std::string::npos) {
      if (!fill()) return in_;
    }
    const std::string bytes = in_.substr(0, at + end.size());
    in_.erase(0, bytes.size());
    return bytes;
  }
  Answer ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  /// True when the server closes, with nothing more said, within `patience`.
  bool sees_end(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    return in_.empty() && !fill(patience) && !timed_out_;
  }

 private:
  bool fill(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    pollfd ready{fd_, POLLIN, 0};
    timed_out_ = ::poll(&ready, 1, static_cast<int>(patience.count())) == 0;
    if (timed_out_) return false;
    char piece[16384];
    const ssize_t size = ::recv(fd_, piece, sizeof piece, 0);
    if (size <= 0) return false;
    in_.append(piece, static_cast<std::size_t>(size));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string in_;
};

}  // namespace marquee::http
