#include "app/owner/owner_client.h"

#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/message.h"

namespace marquee::app {
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error unreachable(const std::string& address) {
  return Error{ErrorCode::kUnavailable,
               fmt::format("cannot reach the server at {}: {}", address, std::strerror(errno))};
}

Result<std::unique_ptr<Socket>> connect_to(const std::string& address) {
  const std::size_t scheme = address.find("://");
  const std::size_t colon = address.rfind(':');
  if (scheme == std::string::npos || colon <= scheme) {
    return Error{ErrorCode::kInternal, fmt::format("'{}' is no server address", address)};
  }
  std::string host = address.substr(scheme + 3, colon - scheme - 3);
  if (host.starts_with("[")) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found) != 0) {
    return unreachable(address);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  auto socket = std::make_unique<Socket>(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket->fd() < 0) return unreachable(address);
  const timeval patience{300, 0};
  ::setsockopt(socket->fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  if (::connect(socket->fd(), list->ai_addr, list->ai_addrlen) != 0) return unreachable(address);
  return socket;
}

/// `call` again while signals interrupt it: with a timeout recv() is interrupted by every handled
/// one, SA_RESTART or not (signal(7)), and whoever runs child processes gets SIGCHLD.
template <typename Call>
ssize_t uninterrupted(Call call) {
  for (;;) {
    const ssize_t outcome = call();
    if (outcome >= 0 || errno != EINTR) return outcome;
  }
}

Result<std::string> exchange(const Socket& socket, std::string_view request,
                             const std::string& address) {
  while (!request.empty()) {
    const ssize_t sent = uninterrupted(
        [&] { return ::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL); });
    if (sent <= 0) return unreachable(address);
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  std::array<char, 16'384> buffer;
  for (;;) {
    const ssize_t got =
        uninterrupted([&] { return ::recv(socket.fd(), buffer.data(), buffer.size(), 0); });
    if (got < 0) return unreachable(address);
    if (got == 0) return answer;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// The "detail" of a problem document, found without a JSON reader: our own server wrote it. One
/// line: what is escaped to break lines becomes a space.
std::string detail_of(const std::string& body) {
  constexpr std::string_view kMember = "\"detail\":\"";
  const std::size_t at = body.find(kMember);
  if (at == std::string::npos) return body;
  std::string detail;
  for (std::size_t i = at + kMember.size(); i < body.size() && body[i] != '"'; ++i) {
    if (body[i] != '\\' || i + 1 == body.size()) {
      detail += body[i];
      continue;
    }
    const char escaped = body[++i];
    const bool is_itself = escaped == '"' || escaped == '\\' || escaped == '/';
    detail += is_itself ? escaped : ' ';
    if (escaped == 'u') i += 4;
  }
  return detail;
}

/// The status of an answer that begins with `head`; 0 when it is no HTTP answer.
int status_of(std::string_view head) {
  constexpr std::size_t kFirst = 9;  // behind "HTTP/1.1 "
  int status = 0;
  if (!head.starts_with("HTTP/1.") || head.size() < kFirst + 3) return 0;
  const char* const end = head.data() + kFirst + 3;
  const auto [parsed, error] = std::from_chars(head.data() + kFirst, end, status);
  return error == std::errc{} && parsed == end ? status : 0;
}

/// False when the head announces another length than came: the connection was cut.
bool is_whole(std::string head, std::size_t body_size) {
  constexpr std::string_view kField = "\r\ncontent-length:";
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::size_t at = head.find(kField);
  if (at == std::string::npos) return true;
  at = head.find_first_not_of(' ', at + kField.size());
  std::size_t length = 0;
  return at != std::string::npos &&
         std::from_chars(head.data() + at, head.data() + head.size(), length).ec == std::errc{} &&
         length == body_size;
}

ErrorCode code_of(int status, std::string_view problem) {
  const auto has_type = [&](std::string_view type) {
    return problem.find(fmt::format(R"("type":"{}")", type)) != std::string_view::npos;
  };
  if (has_type(http::kRefusedType)) return ErrorCode::kRefused;
  if (has_type(http::kDataDamagedType)) return ErrorCode::kDataLoss;
  switch (status) {
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kFailedPrecondition;
    case 422:
      return ErrorCode::kInvalidArgument;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

Result<std::string> ask_owner(const Owner& owner, std::string_view method, std::string_view target,
                              std::string_view body) {
  MARQUEE_TRY(const auto socket, connect_to(owner.address));
  const std::string request = fmt::format(
      "{} {} HTTP/1.1\r\nHost: marquee\r\nAuthorization: Bearer {}\r\n{}Content-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      method, target, owner.token, body.empty() ? "" : "Content-Type: application/json\r\n",
      body.size(), body);
  MARQUEE_TRY(const std::string answer, exchange(*socket, request, owner.address));
  const std::size_t blank = answer.find("\r\n\r\n");
  const std::string head = answer.substr(0, blank);
  const int status = status_of(head);
  if (blank == std::string::npos || status == 0) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("the server at {} gave no HTTP answer", owner.address)};
  }
  std::string answered = answer.substr(blank + 4);
  if (!is_whole(head, answered.size())) {
    return Error{
        ErrorCode::kUnavailable,
        fmt::format("the answer of the server at {} was cut off: see whether it still runs "
                    "and try again",
                    owner.address)};
  }
  if (status >= 200 && status < 300) return answered;
  return Error{code_of(status, answered), fmt::format("the server at {} answered {}: {}",
                                                      owner.address, status, detail_of(answered))};
}

}  // namespace marquee::app
