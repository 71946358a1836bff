#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::testing {

/// Listens on a free port of 127.0.0.1, for servers that a test makes up. Until somebody accepts
/// them, clients are connected by the system and hear nothing, as from a server that hangs.
class LocalListener {
 public:
  LocalListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (fd_ < 0 || ::bind(fd_, plain, size) != 0 || ::listen(fd_, 64) != 0 ||
        ::getsockname(fd_, plain, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "listening on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
  }
  ~LocalListener() { close(); }
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:PORT"
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  /// For poll(2), beside other descriptors.
  int descriptor() const { return fd_; }

  /// The next client, which the caller closes; -1 when none comes in time.
  int accept(std::chrono::milliseconds patience) const {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return -1;
    return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  }
  /// From now on clients are refused.
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace marquee::testing
