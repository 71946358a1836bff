#include "http/server.h"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/compression.h"
#include "http/raw_client_for_test.h"

namespace marquee::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLarge(300'000, 'L');

std::string post(std::string_view body) {
  return "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    router_.add(Method::kGet, "/hello", [](const Request&, const Reply& reply) {
      Response response;
      response.content_type = "text/plain";
      response.body = "hello";
      reply(std::move(response));
    });
    router_.add(Method::kPost, "/echo", [](const Request& request, const Reply& reply) {
      Response response;
      response.content_type = "application/octet-stream";
      response.body = request.body;
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/large", [](const Request&, const Reply& reply) {
      Response response;
      response.static_body = kLarge;
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/number/{id}", [](const Request& request, const Reply& reply) {
      Response response;
      response.body = request.path_parameter("id");
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/later", [this](const Request&, Reply reply) {
      workers_.emplace_back([reply = std::move(reply)] {
        std::this_thread::sleep_for(milliseconds(20));
        Response response;
        response.body = "later";
        reply(std::move(response));
      });
    });
    router_.add(Method::kGet, "/keep", [this](const Request&, Reply reply) {
      const std::lock_guard lock(mutex_);
      kept_.push_back(std::move(reply));
    });
    router_.add(Method::kGet, "/forget", [](const Request&, const Reply&) {});
    router_.add(Method::kGet, "/throw",
                [](const Request&, const Reply&) { throw std::runtime_error("a bug"); });
    options_.port = 0;
  }

  void start() {
    auto started = Server::start(options_, router_, metrics_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  std::size_t kept() {
    const std::lock_guard lock(mutex_);
    return kept_.size();
  }
  void wait_for_kept(std::size_t count) {
    for (int i = 0; i < 1'000 && kept() < count; ++i) std::this_thread::sleep_for(milliseconds(5));
    ASSERT_EQ(kept(), count);
  }
  bool soon_refuses_connections() const {
    for (int i = 0; i < 1'000; ++i) {
      if (!RawClient(server_->port()).connected()) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }
  double answered(const std::string& route, const std::string& status) const {
    for (const auto& sample : metrics_.samples("marquee_requests_total")) {
      if (sample.labels.at("route") == route && sample.labels.at("status") == status) {
        return sample.value;
      }
    }
    return 0;
  }

  telemetry::Metrics metrics_;
  Router router_;
  Server::Options options_;
  std::mutex mutex_;
  std::vector<Reply> kept_;
  std::vector<std::jthread> workers_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(kGet);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_TRUE(answer.has("\r\nDate: "));
    EXPECT_TRUE(answer.has("\r\nServer: marquee\r\n"));
    EXPECT_TRUE(answer.has("\r\nX-Content-Type-Options: nosniff\r\n"));
  }
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  start();
  RawClient client(server_->port());
  const auto answer = client.ask("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_TRUE(answer.has("\r\nConnection: close\r\n"));
  EXPECT_TRUE(client.sees_end());
}

TEST_F(ServerTest, AnswersAClientThatHasFinishedSending) {
  start();
  RawClient client(server_->port());
  client.send(kGet);
  client.finish_sending();
  EXPECT_EQ(client.receive().body, "hello");
  EXPECT_TRUE(client.sees_end());
}

TEST_F(ServerTest, ReadsARequestThatComesByteByByte) {
  start();
  RawClient client(server_->port());
  for (const char byte : post("split")) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.receive().body, "split");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  RawClient client(server_->port());
  std::string bytes;
  for (int i = 0; i < 10; ++i) {
    bytes += "GET /number/" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.send(bytes);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.receive().body, std::to_string(i));
}

TEST_F(ServerTest, AnswersTenThousandPipelinedRequests) {
  start();
  RawClient client(server_->port());
  std::jthread sender([&client] {
    std::string bytes;
    for (int i = 0; i < 10'000; ++i) bytes += kGet;
    client.send(bytes);
  });
  int answers = 0;
  while (answers < 10'000 && client.receive().status == 200) ++answers;
  EXPECT_EQ(answers, 10'000);
}

TEST_F(ServerTest, KeepsTheOrderWhenAnAnswerComesLate) {
  start();
  RawClient client(server_->port());
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(kGet));
  EXPECT_EQ(client.receive().body, "later");
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(ServerTest, AnswersHeadWithTheLengthOfGetAndNoBody) {
  start();
  RawClient client(server_->port());
  client.send("HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(kGet));
  const auto head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 300000\r\n"));
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(ServerTest, SendsALargeStaticBody) {
  start();
  RawClient client(server_->port());
  EXPECT_EQ(client.ask("GET /large HTTP/1.1\r\nHost: h\r\n\r\n").body, kLarge);
}

TEST_F(ServerTest, AnswersExpectContinueBeforeTheBody) {
  start();
  RawClient client(server_->port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  EXPECT_EQ(client.ask("body").body, "body");
}

TEST_F(ServerTest, RefusesAnExpectedBodyThatIsTooLargeWithoutAskingForIt) {
  start();
  RawClient client(server_->port());
  const auto answer = client.ask(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
}

TEST_F(ServerTest, The413ReachesAClientThatKeepsSending) {
  start();
  for (const bool chunked : {false, true}) {
    RawClient client(server_->port());
    const std::string piece(64 << 10, 'x');
    const std::string framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 16777216";
    ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: h\r\n" + framing + "\r\n\r\n"));
    bool all_sent = true;
    for (int i = 0; i < 256; ++i) {
      all_sent = all_sent && client.send(chunked ? "10000\r\n" + piece + "\r\n" : piece);
    }
    EXPECT_TRUE(all_sent) << chunked;
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 413) << chunked;
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_THAT(answer.body, HasSubstr("\"status\":413"));
    EXPECT_TRUE(client.sees_end());
  }
}

TEST_F(ServerTest, CutsOffAClientThatNeverStopsSending) {
  options_.linger = milliseconds(300);
  start();
  RawClient client(server_->port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n");
  const std::string piece(64 << 10, 'x');
  const auto start_time = std::chrono::steady_clock::now();
  while (client.send(piece)) {
    ASSERT_LT(std::chrono::steady_clock::now() - start_time, std::chrono::seconds(20));
  }
}

TEST_F(ServerTest, AnswersMalformedRequestsAndCloses) {
  start();
  const std::pair<std::string, int> table[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: h\n\n", 400},
      {"nonsense\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", 431}};
  for (const auto& [bytes, status] : table) {
    RawClient client(server_->port());
    const auto answer = client.ask(bytes + std::string(kGet));
    EXPECT_EQ(answer.status, status) << bytes.substr(0, 80);
    EXPECT_TRUE(answer.has("Content-Type: application/problem+json"));
    EXPECT_TRUE(answer.has("X-Content-Type-Options: nosniff"));
    EXPECT_TRUE(client.sees_end()) << "the smuggled request must not be answered";
  }
  EXPECT_EQ(answered("refused", "400"), 4);
}

TEST_F(ServerTest, ProblemsNameTheirInstance) {
  start();
  RawClient client(server_->port());
  const auto answer = client.ask("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("\"instance\":\"/nowhere\""));
}

TEST_F(ServerTest, ASlowRequestGets408) {
  options_.request_timeout = milliseconds(200);
  start();
  for (const char* part :
       {"GET /hel", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na"}) {
    RawClient client(server_->port());
    EXPECT_EQ(client.ask(part).status, 408);
    EXPECT_TRUE(client.sees_end());
  }
}

TEST_F(ServerTest, ADrippingClientDoesNotExtendItsDeadline) {
  options_.request_timeout = milliseconds(300);
  options_.linger = milliseconds(300);
  start();
  RawClient client(server_->port());
  client.send("GET /hello HTTP/1.1\r\nX: ");
  int sent = 0;
  while (sent < 400 && client.send("a")) {
    ++sent;
    std::this_thread::sleep_for(milliseconds(25));
  }
  EXPECT_LT(sent, 400);
}

TEST_F(ServerTest, ClosesIdleConnections) {
  options_.idle_timeout = milliseconds(100);
  start();
  RawClient fresh(server_->port());
  EXPECT_TRUE(fresh.sees_end());
  RawClient used(server_->port());
  EXPECT_EQ(used.ask(kGet).status, 200);
  EXPECT_TRUE(used.sees_end());
}

TEST_F(ServerTest, AHandlerThatForgetsOrThrowsAnswers500) {
  start();
  RawClient client(server_->port());
  EXPECT_EQ(client.ask("GET /forget HTTP/1.1\r\nHost: h\r\n\r\n").status, 500);
  const auto thrown = client.ask("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("a bug"), std::string::npos);
  EXPECT_EQ(client.ask(kGet).status, 200);
}

TEST_F(ServerTest, AHandlerThatTakesTooLongAnswers503AndItsLateReplyIsIgnored) {
  options_.handler_timeout = milliseconds(100);
  start();
  RawClient client(server_->port());
  EXPECT_EQ(client.ask("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n").status, 503);
  kept_.at(0)(Response{});
  EXPECT_TRUE(client.sees_end());
}

TEST_F(ServerTest, RefusesConnectionsOverTheLimit) {
  options_.connections_max = 2;
  options_.threads = 1;
  start();
  RawClient one(server_->port());
  RawClient two(server_->port());
  EXPECT_EQ(one.ask(kGet).status, 200);
  EXPECT_EQ(two.ask(kGet).status, 200);
  RawClient three(server_->port());
  const auto answer = three.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.has("Retry-After: "));
  EXPECT_EQ(one.ask(kGet).status, 200);
}

TEST_F(ServerTest, CompressesForClientsThatTakeGzip) {
  router_.add(Method::kGet, "/text", [](const Request&, const Reply& reply) {
    Response response;
    response.body = std::string(3'000, 'z');
    reply(std::move(response));
  });
  start();
  RawClient client(server_->port());
  const auto packed =
      client.ask("GET /text HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip, br\r\n\r\n");
  EXPECT_TRUE(packed.has("Content-Encoding: gzip"));
  EXPECT_EQ(gunzip(packed.body, 10'000).value(), std::string(3'000, 'z'));
  const auto plain = client.ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(plain.has("Content-Encoding"));
  EXPECT_TRUE(plain.has("Vary: Accept-Encoding"));
  EXPECT_EQ(plain.body.size(), 3'000U);
}

TEST_F(ServerTest, CountsRequestsByRouteAndStatus) {
  start();
  RawClient client(server_->port());
  client.ask(kGet);
  client.ask("GET /number/1 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.ask("GET /number/2 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.ask("DELETE /number/2 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.ask("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answered("/hello", "200"), 1);
  EXPECT_EQ(answered("/number/{id}", "200"), 2);
  EXPECT_EQ(answered("/number/{id}", "405"), 1);
  EXPECT_EQ(answered("unmatched", "404"), 1);
}

TEST_F(ServerTest, NamesThePortThatIsTaken) {
  start();
  Server::Options again = options_;
  again.port = server_->port();
  const auto second = Server::start(again, router_, metrics_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(again.port)));
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST_F(ServerTest, RefusesAHostThatIsNoAddress) {
  options_.host = "no.such.host.example";
  EXPECT_EQ(Server::start(options_, router_, metrics_).error().code, ErrorCode::kInvalidArgument);
  options_.host = "192.0.2.1";  // TEST-NET-1: an address no machine has
  EXPECT_EQ(Server::start(options_, router_, metrics_).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ServerTest, DrainAnswersWhatIsUnderWayAndClosesTheRest) {
  start();
  RawClient idle(server_->port());
  EXPECT_EQ(idle.ask(kGet).status, 200);
  RawClient busy(server_->port());
  busy.send("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n");
  wait_for_kept(1);
  std::jthread drainer([this] { server_->drain(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.sees_end());
  // The two connections may live on different loops, and each loop drains in its own time: only
  // when no listener is left has every loop begun to.
  EXPECT_TRUE(soon_refuses_connections());
  kept_.at(0)(problem(503, "bye"));
  const auto answer = busy.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(busy.sees_end());
}

TEST_F(ServerTest, StopsAtWhateverMomentItIsAsked) {
  options_.idle_timeout = milliseconds(40);  // so that the loops look at deadlines every 5 ms
  for (int i = 0; i < 200; ++i) {
    start();
    std::this_thread::sleep_for(std::chrono::microseconds(4'800 + 4 * i));
    server_.reset();
  }
}

TEST_F(ServerTest, DrainDoesNotWaitForClientsThatKeepIdleConnectionsOpen) {
  options_.linger = std::chrono::seconds(60);
  start();
  RawClient idle(server_->port());
  EXPECT_EQ(idle.ask(kGet).status, 200);
  const auto began = std::chrono::steady_clock::now();
  server_->drain(std::chrono::seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

TEST_F(ServerTest, DrainGivesUpWhenPatienceIsOverAndLateRepliesAreHarmless) {
  start();
  RawClient client(server_->port());
  client.send("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n");
  wait_for_kept(1);
  server_->drain(milliseconds(50));
  EXPECT_EQ(client.receive().status, 0);
  server_.reset();
  kept_.at(0)(Response{});
  kept_.clear();
}

TEST_F(ServerTest, DrainUnderLoadLosesNoRequestThatIsUnderWay) {
  start();
  std::atomic<bool> broken = false;
  std::atomic<int> answers = 0;
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < 8; ++c) {
      clients.emplace_back([&, port = server_->port()] {
        RawClient client(port);
        for (;;) {
          // A connection that ends before an answer has begun is an ordinary keep-alive race; half
          // an answer is a loss.
          if (!client.send(post("load"))) return;
          const auto answer = client.receive();
          if (answer.status == 0) {
            if (!answer.head.empty()) broken = true;
            return;
          }
          if (answer.body != "load") broken = true;
          ++answers;
          if (answer.has("Connection: close")) {
            if (!client.sees_end()) broken = true;
            return;
          }
        }
      });
    }
    std::this_thread::sleep_for(milliseconds(200));
    server_->drain(std::chrono::seconds(10));
  }
  EXPECT_FALSE(broken);
  EXPECT_GT(answers, 8);
}

}  // namespace
}  // namespace marquee::http
