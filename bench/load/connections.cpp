#include "bench/load/connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::bench {
namespace {

Result<int> connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (socket < 0 ||
      ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    if (socket >= 0) ::close(socket);
    return Error{ErrorCode::kUnavailable, fmt::format("load: no connection to port {}", port)};
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

/// The size of the whole answer once its head is there; 0 before.
std::size_t answer_bytes(const std::string& received) {
  const std::size_t head = received.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = received.find(kLength);
  const std::size_t body =
      at < head ? std::strtoul(received.c_str() + at + kLength.size(), nullptr, 10) : 0;
  return head + 4 + body;
}

}  // namespace

Result<Connections> Connections::open(std::uint16_t port, std::size_t count) {
  Connections connections;
  connections.epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  connections.connections_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    MARQUEE_TRY(connections.connections_[i].socket, connect_to(port));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(connections.epoll_, EPOLL_CTL_ADD, connections.connections_[i].socket, &event);
    connections.idle_.push_back(i);
  }
  return connections;
}

Connections::Connections(Connections&& other) noexcept
    : epoll_(std::exchange(other.epoll_, -1)),
      connections_(std::move(other.connections_)),
      idle_(std::move(other.idle_)),
      waiting_(std::move(other.waiting_)),
      busy_(other.busy_) {
  other.connections_.clear();
}

Connections::~Connections() {
  for (const Connection& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
  if (epoll_ >= 0) ::close(epoll_);
}

void Connections::send(std::string request, Done done) {
  Waiting next{std::move(request), std::move(done)};
  if (idle_.empty()) {
    waiting_.push_back(std::move(next));
    return;
  }
  const std::size_t index = idle_.back();
  idle_.pop_back();
  start(index, std::move(next));
}

void Connections::start(std::size_t index, Waiting next) {
  Connection& connection = connections_[index];
  connection.done = std::move(next.done);
  connection.busy = true;
  ++busy_;
  // Requests are far smaller than the socket's buffer, and one is under way: this takes it whole.
  const ssize_t sent =
      ::send(connection.socket, next.request.data(), next.request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(next.request.size())) finish(index, {});
}

void Connections::poll(TimePoint until) {
  std::array<epoll_event, 64> events{};
  const auto left = std::max(std::chrono::nanoseconds(0),
                             std::chrono::nanoseconds(until - std::chrono::steady_clock::now()));
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
  timeout.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  const int ready =
      ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  for (int i = 0; i < ready; ++i) receive(static_cast<std::size_t>(events[i].data.u64));
}

void Connections::receive(std::size_t index) {
  Connection& connection = connections_[index];
  std::array<char, 32'768> buffer{};
  const ssize_t got = ::recv(connection.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.socket, nullptr);
    if (connection.busy) finish(index, {});
    return;
  }
  connection.received.append(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t whole = answer_bytes(connection.received);
  if (whole == 0 || connection.received.size() < whole) return;
  Answer answer;
  answer.status = std::atoi(connection.received.c_str() + sizeof("HTTP/1.1"));
  answer.body = connection.received.substr(connection.received.find("\r\n\r\n") + 4);
  connection.received.clear();
  finish(index, std::move(answer));
}

void Connections::finish(std::size_t index, Answer answer) {
  Connection& connection = connections_[index];
  const Done done = std::exchange(connection.done, {});
  connection.busy = false;
  --busy_;
  if (waiting_.empty()) {
    idle_.push_back(index);
  } else {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    start(index, std::move(next));
  }
  if (done) done(answer);
}

std::string get_request(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

std::string post_request(const std::string& target, const std::string& json) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      target, json.size(), json);
}

std::string json_text(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const std::size_t at = json.find(key);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + key.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

}  // namespace marquee::bench
