#include "adapters/s3/s3_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::s3 {
namespace {

using std::chrono::steady_clock;
using Deadline = steady_clock::time_point;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

struct Place {
  std::string host;
  std::string port;
};

Place place_of(const S3Address& address) {
  const std::string endpoint =
      address.endpoint.empty() ? "s3." + address.region + ".amazonaws.com" : address.endpoint;
  const std::size_t bracket = endpoint.rfind(']');  // [::1]:9000
  const std::size_t colon = endpoint.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  std::string host = endpoint.substr(0, has_port ? colon : std::string::npos);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, has_port ? endpoint.substr(colon + 1) : (address.tls ? "443" : "80")};
}

Error unavailable(const S3Address& address, std::string_view why) {
  return Error{ErrorCode::kUnavailable, address.shown + ": " + std::string(why) +
                                            "; serving goes on, the nightly run needs it"};
}

/// Why the socket is not ready for `events`; nothing when it is.
std::optional<std::string> wait_for(const Socket& socket, short events, Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  pollfd waiting{socket.get(), events, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  if (ready > 0) return std::nullopt;
  return ready == 0 ? "no answer in time" : std::system_category().message(errno);
}

std::optional<std::string> connect(const Socket& socket, const addrinfo& to, Deadline deadline) {
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0) return std::nullopt;
  if (errno != EINPROGRESS) return std::system_category().message(errno);
  if (auto why = wait_for(socket, POLLOUT, deadline)) return why;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return std::system_category().message(error);
  return std::nullopt;
}

/// Sends a request that wants no right and reads the first words of the answer.
std::optional<std::string> exchange(const Socket& socket, const Place& place, Deadline deadline) {
  constexpr std::string_view kBegin = "HTTP/1.";
  const std::string request =
      "HEAD / HTTP/1.1\r\nHost: " + place.host + ":" + place.port + "\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return std::system_category().message(errno);
  }
  std::string answer;
  while (answer.size() < kBegin.size()) {
    if (auto why = wait_for(socket, POLLIN, deadline)) return why;
    std::array<char, 64> piece{};
    const auto got = ::recv(socket.get(), piece.data(), piece.size(), 0);  // NOLINT: no lock here
    if (got < 0) return std::system_category().message(errno);
    if (got == 0) return "the connection was closed without an answer";
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (!answer.starts_with(kBegin)) return "what answers there does not speak HTTP";
  return std::nullopt;
}

}  // namespace

Result<void> look_at_s3(const S3Address& address, std::chrono::milliseconds timeout) {
  const Deadline deadline = steady_clock::now() + timeout;
  const Place place = place_of(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found);
  if (code != 0) return unavailable(address, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  std::string why;
  for (const addrinfo* to = all.get(); to != nullptr; to = to->ai_next) {
    const Socket socket(
        ::socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol));
    auto failed = connect(socket, *to, deadline);
    if (!failed && !address.tls) failed = exchange(socket, place, deadline);
    if (!failed) return {};
    why = *std::move(failed);
  }
  return unavailable(address, why);
}

S3Watch::S3Watch(S3Address address, Options options)
    : address_(std::move(address)), options_(options) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

S3Watch::~S3Watch() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void S3Watch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Result<void> seen = look_at_s3(address_, options_.answer_timeout);
    std::unique_lock lock(mutex_);
    seen_ = std::move(seen);
    sleeping_.wait_for(lock, stop, options_.interval, [] { return false; });
  }
}

Result<void> S3Watch::health() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace marquee::s3
