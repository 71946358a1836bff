#include "http/listener.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::http {
namespace {

constexpr int kBacklog = 4'096;

/// A socket that closes itself until it is released.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool is_v6() const { return storage.ss_family == AF_INET6; }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  /// The port field stands at the same place in both families (RFC 3493 §3.3 layouts differ only
  /// behind it), but we do not rely on it.
  in_port_t& port() {
    return is_v6() ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
  }
};

Result<Address> parse_address(const std::string& host, std::uint16_t port) {
  const std::string text = host == "localhost" ? "127.0.0.1" : host;
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    address.storage.ss_family = AF_INET;
    address.size = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    address.storage.ss_family = AF_INET6;
    address.size = sizeof(sockaddr_in6);
  } else {
    return Error{ErrorCode::kInvalidArgument, "cannot listen on '" + host +
                                                  "': it is not an IP address; give one of this "
                                                  "machine's, or localhost"};
  }
  address.port() = htons(port);
  return address;
}

Error listen_error(const std::string& host, std::uint16_t port, int cause) {
  const std::string what = "cannot listen on " + host + ":" + std::to_string(port) + ": ";
  switch (cause) {
    case EADDRINUSE:
      return {ErrorCode::kUnavailable,
              what + "the port is in use; stop the other program or choose another port"};
    case EACCES:
      return {ErrorCode::kPermissionDenied,
              what +
                  "permission denied; choose a port from 1024 up or grant "
                  "CAP_NET_BIND_SERVICE"};
    case EADDRNOTAVAIL:
      return {ErrorCode::kInvalidArgument,
              what + "this machine does not have the address; give one it has"};
    default:
      return {ErrorCode::kUnavailable, what + std::strerror(cause) + "; check the network setup"};
  }
}

bool set_option(const Socket& socket, int level, int name) {
  const int on = 1;
  return ::setsockopt(socket.get(), level, name, &on, sizeof on) == 0;
}

}  // namespace

Result<Listeners> listen_on(const std::string& host, std::uint16_t port, std::size_t count) {
  MARQUEE_TRY(Address address, parse_address(host, port));
  std::vector<Socket> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    bool ok = socket.get() >= 0 && set_option(socket, SOL_SOCKET, SO_REUSEADDR);
    // The first socket binds before it agrees to share: otherwise another server that shares its
    // port would be joined silently instead of reported.
    if (i > 0) ok = ok && set_option(socket, SOL_SOCKET, SO_REUSEPORT);
    ok = ok && ::bind(socket.get(), address.get(), address.size) == 0;
    if (i == 0) ok = ok && set_option(socket, SOL_SOCKET, SO_REUSEPORT);
    if (ok && port == 0 && i == 0) {
      ok = ::getsockname(socket.get(), address.get(), &address.size) == 0;
    }
    if (!ok) return listen_error(host, ntohs(address.port()), errno);
    sockets.push_back(std::move(socket));
  }
  for (const Socket& socket : sockets) {
    if (::listen(socket.get(), kBacklog) != 0) {
      return listen_error(host, ntohs(address.port()), errno);
    }
  }
  Listeners listeners;
  listeners.port = ntohs(address.port());
  listeners.is_v6 = address.is_v6();
  for (Socket& socket : sockets) listeners.sockets.push_back(socket.release());
  return listeners;
}

}  // namespace marquee::http
