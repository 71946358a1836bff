// Answers that go on, through real sockets.

#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/raw_client_for_test.h"
#include "http/server.h"

namespace marquee::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kFollow = "GET /follow HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

class ServerStreamTest : public ::testing::Test {
 protected:
  ServerStreamTest() {
    router_.add(Method::kGet, "/follow", [this](const Request&, const Reply& reply) {
      auto [writer, reader] = make_stream(bytes_max_);
      {
        const std::lock_guard lock(mutex_);
        writer_.emplace(writer);
      }
      Response response;
      response.content_type = "text/event-stream";
      response.stream = std::move(reader);
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/hello", [](const Request&, const Reply& reply) {
      Response response;
      response.body = "hello";
      reply(std::move(response));
    });
    options_.port = 0;
  }
  ~ServerStreamTest() override {
    if (server_) server_->drain(seconds(5));
  }

  void start() {
    auto started = Server::start(options_, router_, metrics_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  std::optional<StreamWriter> writer() {
    const std::lock_guard lock(mutex_);
    return writer_;
  }
  template <typename Condition>
  static bool eventually(const Condition& holds) {
    const auto deadline = steady_clock::now() + seconds(20);
    while (!holds()) {
      if (steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
  }

  std::size_t bytes_max_ = 1 << 20;
  std::mutex mutex_;
  std::optional<StreamWriter> writer_;
  telemetry::Metrics metrics_;
  Router router_;
  Server::Options options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerStreamTest, SendsEachPieceAsItIsWritten) {
  start();
  RawClient client(server_->port());
  const auto head = client.ask(kFollow);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(head.has("Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(head.has("Content-Length"));
  writer()->write("data: 1\n\n");
  EXPECT_EQ(client.receive_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  writer()->write(std::string(20, 'x'));
  EXPECT_EQ(client.receive_until("x\r\n"), "14\r\n" + std::string(20, 'x') + "\r\n");
}

TEST_F(ServerStreamTest, AnswersTheNextRequestAfterTheEnd) {
  start();
  RawClient client(server_->port());
  client.ask(kFollow);
  client.send(kHello);  // waits in the buffer
  writer()->write("bye");
  writer()->finish();
  EXPECT_EQ(client.receive_until("0\r\n\r\n"), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "hello");
  EXPECT_EQ(client.ask(kHello).body, "hello");
}

TEST_F(ServerStreamTest, WaitsForItsWriterWhenTheNextRequestHasBeenRead) {
  start();
  RawClient client(server_->port());
  client.ask(kFollow);
  client.send(kHello);
  std::this_thread::sleep_for(milliseconds(100));  // until the server has read it, most likely
  EXPECT_FALSE(writer()->has_ended());
  writer()->write("bye");
  writer()->finish();
  EXPECT_EQ(client.receive_until("0\r\n\r\n"), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(ServerStreamTest, SendsToHttp10UntilTheConnectionCloses) {
  start();
  RawClient client(server_->port());
  const auto head = client.ask("GET /follow HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(head.has("Transfer-Encoding"));
  EXPECT_TRUE(head.has("Connection: close"));
  writer()->write("plain");
  writer()->finish();
  EXPECT_EQ(client.receive_until("plain"), "plain");
  client.finish_sending();
  EXPECT_TRUE(client.sees_end());
}

TEST_F(ServerStreamTest, AnswersHeadWithoutStreaming) {
  start();
  RawClient client(server_->port());
  client.send("HEAD /follow HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 200);
  EXPECT_TRUE(eventually([&] { return writer()->has_ended(); }));
  EXPECT_EQ(client.ask(kHello).body, "hello");
}

TEST_F(ServerStreamTest, HearsWhenTheClientCloses) {
  start();
  {
    RawClient client(server_->port());
    client.ask(kFollow);
  }
  EXPECT_TRUE(eventually([&] { return writer()->has_ended(); }));
}

TEST_F(ServerStreamTest, EndsForAClientThatDoesNotTakeWhatItIsSent) {
  options_.write_timeout = milliseconds(300);
  bytes_max_ = 64 << 20;
  start();
  RawClient client(server_->port());
  client.ask(kFollow);
  const std::string much(32 << 20, 'x');  // more than the kernel keeps for a socket
  EXPECT_TRUE(writer()->write(much));
  EXPECT_TRUE(eventually([&] { return writer()->has_ended(); }));
}

TEST_F(ServerStreamTest, OutlivesTheTimeThatAWholeAnswerMayTake) {
  options_.write_timeout = milliseconds(200);
  options_.idle_timeout = milliseconds(200);
  start();
  RawClient client(server_->port());
  client.ask(kFollow);
  std::this_thread::sleep_for(milliseconds(700));  // what is shown is that nothing ends it
  EXPECT_TRUE(writer()->write("still here"));
  EXPECT_THAT(client.receive_until("here\r\n"), HasSubstr("still here"));
}

TEST_F(ServerStreamTest, EndsWholeWhenTheServerDrains) {
  start();
  RawClient client(server_->port());
  client.ask(kFollow);
  writer()->write("last words");
  std::jthread draining([this] { server_->drain(seconds(20)); });
  EXPECT_THAT(client.receive_until("0\r\n\r\n"), HasSubstr("last words"));
  client.finish_sending();
  EXPECT_TRUE(client.sees_end());
  draining.join();
  EXPECT_TRUE(writer()->has_ended());
  server_.reset();
  EXPECT_FALSE(writer()->write("nobody")) << "writing after the server is gone is harmless";
}

TEST_F(ServerStreamTest, ServesManyAtOnceWhileOthersWrite) {
  start();
  for (int round = 0; round < 20; ++round) {
    RawClient client(server_->port());
    client.ask(kFollow);
    std::jthread writing([to = *writer()] {
      for (int i = 0; i < 100; ++i) to.write("event " + std::to_string(i) + "\n");
      to.finish();
    });
    EXPECT_THAT(client.receive_until("0\r\n\r\n"), HasSubstr("event 99\n"));
  }
}

}  // namespace
}  // namespace marquee::http
