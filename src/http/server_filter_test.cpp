// What a filter sees of a server's connections, and what it may change; slow clients and their due.

#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/raw_client_for_test.h"
#include "http/server.h"

namespace marquee::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAsk = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

/// Remembers all; answers /refused by itself; admits `connections_max` at a time.
class RecordingFilter final : public Filter {
 public:
  struct Seen {
    std::string method;
    std::string path;
    int status = 0;
    std::size_t bytes_in = 0;
    std::size_t bytes_out = 0;
  };

  std::unique_ptr<ConnectionFilter> accept(const Peer& peer) override {
    const std::lock_guard lock(mutex_);
    peers_.push_back(peer);
    if (connections_ == connections_max) return nullptr;
    ++connections_;
    return std::make_unique<Connection>(*this);
  }
  /// What has ended, once there are `count` of it.
  std::vector<Seen> ended(std::size_t count) {
    for (int i = 0; i < 1'000; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (ended_.size() >= count) return ended_;
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
    return {};
  }
  std::vector<Peer> peers() {
    const std::lock_guard lock(mutex_);
    return peers_;
  }

  std::size_t connections_max = 100;

 private:
  class Connection final : public ConnectionFilter {
   public:
    explicit Connection(RecordingFilter& all) : all_(all) {}
    ~Connection() override {
      const std::lock_guard lock(all_.mutex_);
      --all_.connections_;
    }
    std::optional<Response> on_request(Request& request) override {
      request.remote_address = "as the filter says";
      if (request.path == "/refused") return problem(403, "not here");
      return std::nullopt;
    }
    void on_refusal() override {}
    void append_headers(std::string& lines) override { lines += "X-Filter: seen\r\n"; }
    void on_end(const Exchange& exchange) override {
      const std::lock_guard lock(all_.mutex_);
      all_.ended_.push_back({std::string(exchange.method), std::string(exchange.path),
                             exchange.status, exchange.bytes_in, exchange.bytes_out});
    }

   private:
    RecordingFilter& all_;
  };

  std::mutex mutex_;
  std::vector<Peer> peers_;
  std::vector<Seen> ended_;
  std::size_t connections_ = 0;
};

class ServerFilterTest : public ::testing::Test {
 protected:
  ServerFilterTest() {
    router_.add(Method::kGet, "/hello", [](const Request& request, const Reply& reply) {
      Response response;
      response.body = request.remote_address;
      reply(std::move(response));
    });
    router_.add(Method::kPost, "/echo", [](const Request& request, const Reply& reply) {
      Response response;
      response.body = std::to_string(request.body.size());
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/follow", [](const Request&, const Reply& reply) {
      auto [writer, reader] = make_stream(1 << 10);
      Response response;
      response.stream = std::move(reader);
      reply(std::move(response));
      writer.write("first");
    });
    options_.port = 0;
  }
  ~ServerFilterTest() override {
    if (server_) server_->drain(seconds(5));
  }
  void start() {
    auto started = Server::start(options_, router_, metrics_, &filter_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  std::uint16_t port() const { return server_->port(); }

  Server::Options options_;
  Router router_;
  telemetry::Metrics metrics_;
  RecordingFilter filter_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerFilterTest, SeesEveryRequestAndTheEndOfEveryAnswer) {
  start();
  RawClient client(port());
  const auto hello = client.ask(kAsk);
  EXPECT_EQ(hello.body, "as the filter says");
  EXPECT_TRUE(hello.has("X-Filter: seen\r\n"));
  const auto refused = client.ask("GET /refused HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr(R"("instance":"/refused")"));
  const auto unread = client.ask("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(unread.status, 400);
  EXPECT_TRUE(unread.has("X-Filter: seen\r\n"));
  const auto ended = filter_.ended(3);
  ASSERT_EQ(ended.size(), 3U);
  EXPECT_EQ(ended[0].method + ended[0].path, "GET/hello");
  EXPECT_EQ(ended[0].bytes_in, kAsk.size());
  EXPECT_EQ(ended[0].bytes_out, hello.head.size() + hello.body.size());
  EXPECT_EQ(ended[1].status, 403);
  EXPECT_EQ(ended[2].method + ended[2].path, "");
  EXPECT_EQ(ended[2].status, 400);
}

TEST_F(ServerFilterTest, SeesAStreamEndWhenItsClientGoes) {
  start();
  {
    RawClient client(port());
    client.send("GET /follow HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.receive_until("first"), HasSubstr("X-Filter: seen"));
  }
  const auto ended = filter_.ended(1);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].path, "/follow");
  EXPECT_GT(ended[0].bytes_out, 100U);
}

TEST_F(ServerFilterTest, KnowsWhoHasConnected) {
  start();
  RawClient client(port());
  (void)client.ask(kAsk);
  const auto peers = filter_.peers();
  ASSERT_EQ(peers.size(), 1U);
  EXPECT_TRUE(peers[0].is_this_machine);
  EXPECT_FALSE(peers[0].is_tls);
  EXPECT_THAT(peers[0].address,
              ::testing::ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1));
}

TEST_F(ServerFilterTest, MayTurnAConnectionAway) {
  filter_.connections_max = 1;
  start();
  {
    RawClient first(port());
    EXPECT_EQ(first.ask(kAsk).status, 200);
    RawClient second(port());
    const auto answer = second.receive();
    EXPECT_EQ(answer.status, 429);
    EXPECT_TRUE(answer.has("Retry-After: 1\r\n"));
    EXPECT_EQ(server_->connections().depth, 1U);
  }
  for (int i = 0; i < 500; ++i) {  // the first's end is seen in a moment
    RawClient again(port());
    if (again.ask(kAsk).status == 200) return;
    std::this_thread::sleep_for(milliseconds(10));
  }
  FAIL() << "the place was not given back";
}

TEST_F(ServerFilterTest, ASlowLineThatKeepsToTheLeastRateMaySendALargeBody) {
  options_.request_timeout = milliseconds(500);
  options_.bytes_per_s_min = 20'000;
  options_.header_bytes_max = 1'000;
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 180000\r\n\r\n");
  for (int i = 0; i < 60; ++i) {  // in 0.9 s at least, of the 9 s that it may take
    client.send(std::string(3'000, 'x'));
    std::this_thread::sleep_for(milliseconds(15));
  }
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "180000");
}

TEST_F(ServerFilterTest, OneThatDribblesIsCutOffThoughItNeverPauses) {
  options_.request_timeout = milliseconds(300);
  options_.bytes_per_s_min = 20'000;
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
  int sent = 0;
  while (sent < 2'000 && client.send("x")) {
    ++sent;
    std::this_thread::sleep_for(milliseconds(5));
    if (server_->connections().depth == 0) break;
  }
  EXPECT_EQ(client.receive().status, 408);
}

}  // namespace
}  // namespace marquee::http
