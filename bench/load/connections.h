#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace marquee::bench {

using TimePoint = std::chrono::steady_clock::time_point;

struct Answer {
  int status = 0;  ///< 0: the connection broke
  std::string body;
};

/// HTTP/1.1 requests over a fixed number of kept connections to one server on this machine. What
/// finds no idle connection waits in a queue: an open-loop generator never slows down, so a slow
/// server is seen as latency. One thread: callbacks run inside poll().
class Connections {
 public:
  using Done = std::function<void(const Answer&)>;

  static Result<Connections> open(std::uint16_t port, std::size_t count);
  Connections(Connections&& other) noexcept;
  Connections& operator=(Connections&&) = delete;
  ~Connections();

  /// `request` is whole: head and body.
  void send(std::string request, Done done);
  /// Takes what has arrived, and waits for more until `until` at the latest.
  void poll(TimePoint until);
  std::size_t under_way() const { return waiting_.size() + busy_; }

 private:
  struct Connection {
    int socket = -1;
    std::string received;
    Done done;
    bool busy = false;
  };
  struct Waiting {
    std::string request;
    Done done;
  };

  Connections() = default;
  void start(std::size_t index, Waiting next);
  void receive(std::size_t index);
  void finish(std::size_t index, Answer answer);

  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  std::deque<Waiting> waiting_;
  std::size_t busy_ = 0;
};

/// The requests that the load is made of.
std::string get_request(const std::string& target);
std::string post_request(const std::string& target, const std::string& json);
/// The text value of "name" in a flat piece of JSON; empty when it is not there.
std::string json_text(const std::string& json, const std::string& name);

}  // namespace marquee::bench
