#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace marquee::bench {

struct Answer {
  int status = 0;  ///< 0: the connection broke
  std::string body;
};

/// The value of a text member of a flat JSON object, as it stands between its quotes; empty when
/// there is none.
std::string text_member(std::string_view json, std::string_view name);

std::string get_request(std::string_view target);
std::string post_request(std::string_view target, std::string_view json);

/// Sends requests over a bounded number of kept connections to 127.0.0.1, each one at a time, in
/// order: whatever finds no free connection waits. One thread, epoll.
class HttpClient {
 public:
  using Done = std::function<void(Answer)>;

  /// Ends the program when it cannot connect.
  HttpClient(std::uint16_t port, std::size_t connections);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `done` runs in poll(), and may send.
  void send(std::string request, Done done);
  /// Handles what is ready, after waiting for at most `wait_us`.
  void poll(std::int64_t wait_us);
  /// Requests sent or waiting.
  std::size_t open() const { return open_; }
  /// Sends and waits.
  Answer ask(std::string request);

 private:
  struct Connection {
    int socket = -1;
    std::string received;
    Done done;
  };
  struct Waiting {
    std::string request;
    Done done;
  };

  void connect(Connection& connection);
  void start(std::size_t index, Waiting next);
  void receive(std::size_t index);
  void finish(std::size_t index, Answer answer);

  const std::uint16_t port_;
  int epoll_ = -1;
  std::size_t open_ = 0;
  std::vector<Connection> connections_;
  std::vector<std::size_t> free_;
  std::deque<Waiting> waiting_;
};

}  // namespace marquee::bench
