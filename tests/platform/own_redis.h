#pragma once

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/redis/connection.h"
#include "testing/temporary_directory.h"

namespace marquee::testing {

/// A redis-server of the test's own, which it may kill, stop and fill up. Keeps its append-only
/// file in a scratch folder from one life to the next.
class OwnRedis {
 public:
  OwnRedis() : port_(free_port()) { start(); }
  ~OwnRedis() { kill(); }
  OwnRedis(const OwnRedis&) = delete;
  OwnRedis& operator=(const OwnRedis&) = delete;

  void start() {
    const std::string port = std::to_string(port_);
    const std::string folder = directory_.path().string();
    const std::vector<std::string> words{
        "redis-server", "--bind",        "127.0.0.1", "--port",    port,
        "--dir",        folder,          "--save",    "",          "--appendonly",
        "yes",          "--appendfsync", "always",    "--logfile", "log"};
    std::vector<char*> pointers;
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    const int failed =
        ::posix_spawnp(&pid_, "redis-server", nullptr, nullptr, pointers.data(), environ);
    ASSERT_EQ(failed, 0) << "redis-server is missing: run tools/dependencies platform";
    while (ask({"PING"}) != "PONG") std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  /// As a power cut would; the data stay.
  void kill() { end(SIGKILL); }
  void stop() { ::kill(pid_, SIGSTOP); }
  void go_on() { ::kill(pid_, SIGCONT); }

  redis::RedisAddress address() const {
    redis::RedisAddress address;
    address.host = "127.0.0.1";
    address.port = port_;
    address.shown = "redis://127.0.0.1:" + std::to_string(port_);
    return address;
  }
  /// The text of the answer to one command, or what went wrong.
  std::string ask(const redis::Command& command) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto connection = redis::Connection::open(address(), deadline);
    if (!connection.ok()) return connection.error().message;
    const auto replies = connection->exchange({&command, 1}, deadline);
    if (!replies.ok()) return replies.error().message;
    const redisReply& reply = *replies->front();
    return reply.str == nullptr ? "" : std::string(reply.str, reply.len);
  }

 private:
  static std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(probe, plain, size), 0);
    EXPECT_EQ(::getsockname(probe, plain, &size), 0);
    ::close(probe);
    return ntohs(address.sin_port);
  }
  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  TemporaryDirectory directory_;
  std::uint16_t port_;
  pid_t pid_ = 0;
};

}  // namespace marquee::testing
