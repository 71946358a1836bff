#include "bench/load/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace marquee::bench {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// A whole answer with Content-Length at the start of `text`, and how long it is.
std::optional<std::pair<Answer, std::size_t>> parse(std::string_view text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return std::nullopt;
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  std::string fields(text.substr(0, head));  // whose names may be in either case
  std::transform(fields.begin(), fields.end(), fields.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t at = fields.find(kLength);
  std::size_t length = 0;
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + kLength.size(), text.data() + head, length);
  }
  const std::size_t end = head + 4 + length;
  if (text.size() < end) return std::nullopt;
  Answer answer;
  std::from_chars(text.data() + 9, text.data() + 12, answer.status);  // "HTTP/1.1 202"
  answer.body = text.substr(head + 4, length);
  return std::pair(std::move(answer), end);
}

}  // namespace

std::string text_member(std::string_view json, std::string_view name) {
  const std::string quoted = fmt::format("\"{}\":\"", name);
  const std::size_t at = json.find(quoted);
  if (at == std::string_view::npos) return {};
  const std::size_t first = at + quoted.size();
  return std::string(json.substr(first, json.find('"', first) - first));
}

std::string get_request(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: bench\r\n\r\n", target);
}

std::string post_request(std::string_view target, std::string_view json) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}"
      "\r\n\r\n{}",
      target, json.size(), json);
}

HttpClient::HttpClient(std::uint16_t port, std::size_t connections)
    : port_(port), epoll_(::epoll_create1(0)), connections_(connections) {
  if (epoll_ < 0) give_up("epoll_create1");
  for (std::size_t i = 0; i < connections; ++i) {
    connect(connections_[i]);
    free_.push_back(i);
  }
}

HttpClient::~HttpClient() {
  for (const Connection& connection : connections_) ::close(connection.socket);
  ::close(epoll_);
}

void HttpClient::connect(Connection& connection) {
  connection.socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) <
      0) {
    give_up("connect");
  }
  const int on = 1;
  ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event) < 0) give_up("epoll_ctl");
}

void HttpClient::send(std::string request, Done done) {
  ++open_;
  Waiting next{std::move(request), std::move(done)};
  if (free_.empty()) {
    waiting_.push_back(std::move(next));
    return;
  }
  const std::size_t index = free_.back();
  free_.pop_back();
  start(index, std::move(next));
}

void HttpClient::start(std::size_t index, Waiting next) {
  Connection& connection = connections_[index];
  connection.done = std::move(next.done);
  // Requests are far smaller than a socket's buffer, which is empty between two of them.
  const auto sent =
      ::send(connection.socket, next.request.data(), next.request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(next.request.size())) finish(index, {});
}

void HttpClient::poll(std::int64_t wait_us) {
  std::array<epoll_event, 256> events;
  const timespec wait{wait_us / 1'000'000, (wait_us % 1'000'000) * 1'000};
  const int count =
      ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
  for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
}

void HttpClient::receive(std::size_t index) {
  Connection& connection = connections_[index];
  std::array<char, 65'536> buffer;
  const auto got = ::recv(connection.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    ::close(connection.socket);
    connection.received.clear();
    connect(connection);
    if (connection.done) finish(index, {});
    return;
  }
  connection.received.append(buffer.data(), static_cast<std::size_t>(got));
  auto answer = parse(connection.received);
  if (!answer) return;
  connection.received.erase(0, answer->second);
  finish(index, std::move(answer->first));
}

void HttpClient::finish(std::size_t index, Answer answer) {
  const Done done = std::exchange(connections_[index].done, nullptr);
  --open_;
  if (waiting_.empty()) {
    free_.push_back(index);
  } else {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    start(index, std::move(next));
  }
  done(std::move(answer));
}

Answer HttpClient::ask(std::string request) {
  std::optional<Answer> answer;
  send(std::move(request), [&](Answer got) { answer = std::move(got); });
  while (!answer) poll(100'000);
  return *std::move(answer);
}

}  // namespace marquee::bench
