// The gateway as a server sees it: one filter a connection, one exchange after the other.

#include "gateway/gateway.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/access_log.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kLists = "/api/recommendations";
constexpr const char* kPage = "http://localhost:3000";

http::Peer peer(std::string_view address, bool is_this_machine = false) {
  http::Peer made;
  made.address = parse_ip_address(address).value().bytes;
  made.is_this_machine = is_this_machine;
  return made;
}

class GatewayTest : public ::testing::Test {
 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    int status = 0;  ///< 200: the route would have answered
    std::string lines;
    std::string client;
    Headers headers;
  };

  GatewayTest() {
    options_.is_public = true;
    options_.cors = CorsPolicy::parse(kPage).value();
  }

  http::Filter& gateway() {
    if (!gateway_) gateway_ = make_gateway(options_, clock_, log_.get());
    return *gateway_;
  }

  Answer ask(http::ConnectionFilter& connection, std::string path, Headers headers = {},
             http::Method method = http::Method::kGet) {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    request.headers = std::move(headers);
    request.remote_address = "as connected";
    const auto response = connection.on_request(request);
    Answer answer;
    if (response) answer.headers = response->headers;
    answer.status = response ? response->status : 200;
    connection.append_headers(answer.lines);
    answer.client = request.remote_address;
    connection.on_end({http::to_string(method), request.path, answer.status, 1, 2, 0.5});
    return answer;
  }
  /// Over a connection of its own.
  Answer ask(const http::Peer& from, std::string path, Headers headers = {},
             http::Method method = http::Method::kGet) {
    return ask(*gateway().accept(from), std::move(path), std::move(headers), method);
  }

  int passes(const http::Peer& from, int count, const Headers& headers = {}) {
    int passed = 0;
    for (int i = 0; i < count; ++i) passed += ask(from, kLists, headers).status == 200 ? 1 : 0;
    return passed;
  }

  testing::ManualClock clock_;
  GatewayOptions options_;
  std::unique_ptr<AccessLog> log_;
  std::unique_ptr<http::Filter> gateway_;
};

TEST_F(GatewayTest, ARefusedClientIsToldWhenToComeBack) {
  const auto first = ask(peer("192.0.2.7"), kLists);
  EXPECT_THAT(first.lines, HasSubstr("RateLimit-Policy: \"client\";q=100;w=60\r\n"));
  EXPECT_THAT(first.lines, HasSubstr("RateLimit: \"client\";r=99;t=1\r\n"));
  EXPECT_EQ(passes(peer("192.0.2.7"), 200), 99);
  const auto refused = ask(peer("192.0.2.7"), kLists);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers, (Headers{{"Retry-After", "1"}}));
  EXPECT_THAT(refused.lines, HasSubstr("RateLimit: \"client\";r=0;t=60\r\n"));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(ask(peer("192.0.2.7"), kLists).status, 200);
}

TEST_F(GatewayTest, ASlowLimitSaysMoreThanASecond) {
  options_.requests_per_min = 2;
  EXPECT_EQ(passes(peer("192.0.2.7"), 3), 2);
  EXPECT_EQ(ask(peer("192.0.2.7"), kLists).headers, (Headers{{"Retry-After", "30"}}));
}

TEST_F(GatewayTest, OnlyTheApiIsCountedAndNoStreamAndNoPreflight) {
  ASSERT_EQ(passes(peer("192.0.2.7"), 101), 100);
  for (const char* path : {"/", "/health", "/docs", "/api/users/u/stream"}) {
    const auto answer = ask(peer("192.0.2.7"), path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_THAT(answer.lines, Not(HasSubstr("RateLimit"))) << path;
  }
  EXPECT_EQ(
      ask(peer("192.0.2.7"), kLists, {{"origin", kPage}, {"access-control-request-method", "POST"}},
          http::Method::kOptions)
          .status,
      204);
}

TEST_F(GatewayTest, OnLoopbackByDefaultNothingIsCountedAndOperatorsAreServed) {
  options_.is_public = false;
  const auto local = peer("127.0.0.1", true);
  EXPECT_EQ(passes(local, 300), 300);
  EXPECT_THAT(ask(local, kLists).lines, Not(HasSubstr("RateLimit")));
  EXPECT_EQ(ask(local, "/metrics").status, 200);
}

TEST_F(GatewayTest, ZeroIsNoLimit) {
  options_.requests_per_min = 0;
  EXPECT_EQ(passes(peer("192.0.2.7"), 300), 300);
}

TEST_F(GatewayTest, AClaimedAddressMakesNoOtherClient) {
  ASSERT_EQ(passes(peer("192.0.2.7"), 100), 100);
  for (const char* name : {"x-forwarded-for", "forwarded", "x-real-ip"}) {
    EXPECT_EQ(ask(peer("192.0.2.7"), kLists, {{name, "203.0.113.1"}}).status, 429) << name;
  }
}

TEST_F(GatewayTest, ABelievedProxySaysWhoAsks) {
  options_.trusted_proxies = parse_networks("10.0.0.1").value();
  const auto proxy = peer("10.0.0.1");
  EXPECT_EQ(passes(proxy, 150, {{"x-forwarded-for", "203.0.113.1"}}), 100);
  const auto other = ask(proxy, kLists, {{"x-forwarded-for", "203.0.113.1, 203.0.113.2"}});
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(other.client, "203.0.113.2");
}

TEST_F(GatewayTest, OneClientHoldsSoManyConnectionsAndAProxyAnyNumber) {
  options_.connections_per_client = 2;
  options_.trusted_proxies = parse_networks("10.0.0.1").value();
  auto first = gateway().accept(peer("2001:db8::1"));
  const auto second = gateway().accept(peer("2001:db8::2"));
  EXPECT_EQ(gateway().accept(peer("2001:db8::3")), nullptr);
  EXPECT_NE(gateway().accept(peer("2001:db8:0:1::3")), nullptr);
  first.reset();
  EXPECT_NE(gateway().accept(peer("2001:db8::3")), nullptr);
  std::vector<std::unique_ptr<http::ConnectionFilter>> held;
  for (int i = 0; i < 5; ++i) held.push_back(gateway().accept(peer("10.0.0.1")));
  EXPECT_NE(held.back(), nullptr);
}

TEST_F(GatewayTest, WhatOperatorsAskIsThereForThisMachineAndNamedNetworksOnly) {
  options_.operator_networks = parse_networks("10.1.0.0/16").value();
  options_.trusted_proxies = parse_networks("127.0.0.9").value();
  for (const char* path : {"/metrics", "/api/admin/runs", "/api//admin/runs"}) {
    EXPECT_EQ(ask(peer("192.0.2.7"), path).status, 404) << path;
    EXPECT_EQ(ask(peer("127.0.0.1", true), path).status, 200) << path;
    EXPECT_EQ(ask(peer("10.1.2.3"), path).status, 200) << path;
    // A proxy on this machine that nobody told us of: whoever asks is not this machine.
    EXPECT_EQ(ask(peer("127.0.0.1", true), path, {{"x-forwarded-for", "127.0.0.1"}}).status, 404);
    EXPECT_EQ(ask(peer("127.0.0.9", true), path, {{"x-forwarded-for", "192.0.2.7"}}).status, 404);
    EXPECT_EQ(ask(peer("192.0.2.7"), path, {{"x-forwarded-for", "10.1.2.3"}}).status, 404);
  }
}

TEST_F(GatewayTest, AStrangersPageIsToldNothing) {
  const auto read = ask(peer("192.0.2.7"), kLists, {{"origin", "https://evil.example"}});
  EXPECT_EQ(read.status, 200);
  EXPECT_THAT(read.lines, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(read.lines, HasSubstr("Vary: Origin\r\n"));
  const Headers question{{"origin", "https://evil.example"},
                         {"access-control-request-method", "PUT"}};
  EXPECT_EQ(ask(peer("192.0.2.7"), kLists, question, http::Method::kOptions).status, 403);
}

TEST_F(GatewayTest, APageOnTheListReadsEveryAnswerEvenARefusal) {
  (void)passes(peer("192.0.2.7"), 100);
  const auto refused = ask(peer("192.0.2.7"), kLists, {{"origin", kPage}});
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.lines, HasSubstr("Access-Control-Allow-Origin: http://localhost:3000\r\n"));
}

TEST_F(GatewayTest, OneExchangeLeavesNothingBehindForTheNext) {
  const auto connection = gateway().accept(peer("192.0.2.7"));
  (void)ask(*connection, kLists, {{"origin", kPage}, {"x-request-id", "of-the-first"}});
  const auto next = ask(*connection, "/health");
  EXPECT_THAT(next.lines, Not(HasSubstr("of-the-first")));
  EXPECT_THAT(next.lines, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(next.lines, Not(HasSubstr("RateLimit")));
  connection->on_refusal();
  std::string lines;
  connection->append_headers(lines);
  EXPECT_THAT(lines, ::testing::MatchesRegex("X-Request-ID: [0-9a-f]+\r\n"));
}

TEST_F(GatewayTest, SaysUnderTlsThatItStaysSo) {
  auto from = peer("192.0.2.7");
  EXPECT_THAT(ask(from, "/").lines, Not(HasSubstr("Strict-Transport-Security")));
  from.is_tls = true;
  EXPECT_THAT(ask(from, "/").lines, HasSubstr("Strict-Transport-Security: max-age=31536000"));
}

TEST_F(GatewayTest, LogsWhoAskedWithoutSecrets) {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "access.log";
  telemetry::Metrics metrics;
  log_ = AccessLog::open(file.string(), metrics).value();
  options_.trusted_proxies = parse_networks("10.0.0.1").value();
  (void)ask(peer("10.0.0.1"), kLists,
            {{"x-forwarded-for", "203.0.113.9"},
             {"authorization", "Bearer CANARY"},
             {"cookie", "s=CANARY"},
             {"x-request-id", "abc-12345678"}});
  gateway_.reset();
  log_.reset();
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr(R"("request_id":"abc-12345678","client":"203.0.113.9")"));
  EXPECT_THAT(text.str(), Not(HasSubstr("CANARY")));
}

}  // namespace
}  // namespace marquee::gateway
