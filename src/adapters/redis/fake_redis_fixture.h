#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/redis/redis_address.h"
#include "testing/local_listener.h"

namespace marquee::redis {

/// A server on 127.0.0.1 that takes RESP commands and says whatever a test wants, right or wrong.
/// By default it behaves like an empty primary. One thread; a test may change answers at any time.
class FakeRedis {
 public:
  using Words = std::vector<std::string>;
  using Answer = std::function<std::string(const Words&)>;

  static constexpr const char* kHangUp = "\x01hang up";
  static std::string bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  }

  FakeRedis() {
    be_an_empty_primary("run1");
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeRedis() {
    stopping_ = true;
    thread_.join();
    for (const auto& [client, received] : clients_) ::close(client);
  }
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;

  RedisAddress address() const {
    RedisAddress address;
    address.host = "127.0.0.1";
    address.port = listener_.port();
    address.shown = "redis://" + listener_.endpoint();
    return address;
  }

  /// From now on `verb` is answered with the bytes of `answer`; no bytes: silence.
  void answer(const std::string& verb, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[verb] = std::move(answer);
  }
  void answer(const std::string& verb, const std::string& bytes) {
    answer(verb, [bytes](const Words&) { return bytes; });
  }
  /// All commands so far, words joined by spaces.
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::size_t count(const std::string& start) const {
    std::size_t sum = 0;
    for (const std::string& line : log()) sum += line.starts_with(start) ? 1 : 0;
    return sum;
  }

  /// Says `bytes` to everybody who has subscribed, unasked. An answer may call it.
  void tell(const std::string& bytes) {
    const std::lock_guard lock(subscribers_mutex_);
    for (const int client : subscribers_) {
      EXPECT_EQ(::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(bytes.size()));
    }
  }
  /// As a real one tells in RESP2 that `key` has changed.
  void tell_of_change(const std::string& key) {
    tell("*3\r\n" + bulk("message") + bulk("__redis__:invalidate") + "*1\r\n" + bulk(key));
  }

  void be_an_empty_primary(const std::string& run_id) {
    const std::string server = bulk("# Server\r\nrun_id:" + run_id + "\r\n");
    const std::string replication = bulk("# Replication\r\nrole:master\r\n");
    const std::string memory = bulk("# Memory\r\nused_memory:1234567\r\n");
    answer("INFO", [=](const Words& words) {
      return words[1] == "memory" ? memory : words[1] == "server" ? server : replication;
    });
    answer("SCRIPT", bulk("digest"));
    answer("EVAL", [this](const Words& words) {
      epoch_ = words.at(5);  // of the epoch's script, which is the only one run by its text
      return bulk(epoch_);
    });
    answer("EVALSHA", ":1\r\n");
    answer("SET", "+OK\r\n");
    answer("PTTL", ":60000\r\n");
    answer("CLIENT", [](const Words& words) { return words[1] == "ID" ? ":7\r\n" : "+OK\r\n"; });
    answer("SUBSCRIBE", [](const Words& words) {
      return "*3\r\n" + bulk("subscribe") + bulk(words[1]) + ":1\r\n";
    });
    answer("PING", [](const Words& words) {
      return words.size() < 2 ? "+PONG\r\n" : "*2\r\n" + bulk("pong") + bulk(words[1]);
    });
    answer("MGET", [this](const Words&) { return "*3\r\n" + bulk(epoch_) + "$-1\r\n$-1\r\n"; });
  }
  std::string epoch() const {
    const std::lock_guard lock(mutex_);
    return epoch_;
  }

 private:
  void serve() {
    while (!stopping_) {
      std::vector<pollfd> sockets{{listener_.descriptor(), POLLIN, 0}};
      for (const auto& [client, received] : clients_) sockets.push_back({client, POLLIN, 0});
      if (::poll(sockets.data(), sockets.size(), 5) <= 0) continue;
      if (sockets[0].revents != 0) clients_[listener_.accept(std::chrono::seconds(1))];
      for (std::size_t i = 1; i < sockets.size(); ++i) {
        if (sockets[i].revents != 0 && !serve_client(sockets[i].fd)) {
          const std::lock_guard lock(subscribers_mutex_);
          subscribers_.erase(sockets[i].fd);
          ::close(sockets[i].fd);
          clients_.erase(sockets[i].fd);
        }
      }
    }
  }

  bool serve_client(int client) {
    char buffer[65'536];
    const ssize_t size = ::recv(client, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    std::string& received = clients_[client];
    received.append(buffer, static_cast<std::size_t>(size));
    for (Words words = take_command(received); !words.empty(); words = take_command(received)) {
      const std::string bytes = answer_to(words);
      if (words[0] == "SUBSCRIBE") {
        const std::lock_guard lock(subscribers_mutex_);
        subscribers_.insert(client);
      }
      if (bytes == kHangUp) return false;
      if (!bytes.empty() && ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        return false;
      }
    }
    return true;
  }

  /// The first whole command ("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), or none.
  static Words take_command(std::string& received) {
    std::size_t at = 0;
    const auto number = [&]() -> long {
      const std::size_t end = received.find("\r\n", at);
      if (end == std::string::npos) return -1;
      const long value = std::stol(received.substr(at + 1, end - at - 1));
      at = end + 2;
      return value;
    };
    Words words;
    for (long left = number(); left > 0; --left) {
      const long size = number();
      if (size < 0 || received.size() < at + static_cast<std::size_t>(size) + 2) return {};
      words.push_back(received.substr(at, static_cast<std::size_t>(size)));
      at += static_cast<std::size_t>(size) + 2;
    }
    if (!words.empty()) received.erase(0, at);
    return words;
  }

  std::string answer_to(const Words& words) {
    const std::lock_guard lock(mutex_);
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    log_.push_back(line);
    const auto found = answers_.find(words[0]);
    return found == answers_.end() ? "+OK\r\n" : found->second(words);
  }

  testing::LocalListener listener_;
  std::atomic<bool> stopping_ = false;
  std::map<int, std::string> clients_;  ///< what was received and not yet answered
  std::mutex subscribers_mutex_;
  std::set<int> subscribers_;
  mutable std::mutex mutex_;  ///< guards what is below
  std::map<std::string, Answer> answers_;
  std::vector<std::string> log_;
  std::string epoch_;
  std::thread thread_;
};

/// Whether `holds` comes true while a loaded machine would need it to.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return holds();
}

}  // namespace marquee::redis
