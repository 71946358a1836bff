// The small decisions: which page may ask, what the public reaches, what is a request's name, what
// a line of log says.

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "gateway/access_log.h"
#include "gateway/client_connections.h"
#include "gateway/cors.h"
#include "gateway/public_path.h"
#include "gateway/request_id.h"
#include "testing/strict_json.h"
#include "testing/temporary_directory.h"

namespace marquee::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Cors, TakesOriginsExactly) {
  const auto policy = CorsPolicy::parse("http://localhost:3000, https://shop.example").value();
  EXPECT_NE(policy.find("http://localhost:3000"), nullptr);
  for (const char* other : {"http://localhost:3000.evil.example", "http://localhost:30000", "null",
                            "https://localhost:3000", "http://localhost:3000/", "", "*"}) {
    EXPECT_EQ(policy.find(other), nullptr) << other;
  }
}

TEST(Cors, RefusesAListThatWouldNeverMatchOrMatchAll) {
  for (const char* wrong : {"*", "null", "localhost:3000", "http://localhost:3000/", "http://",
                            "https://Shop.example", "https://a.example/x", "https://*.example"}) {
    const auto policy = CorsPolicy::parse(wrong);
    ASSERT_FALSE(policy.ok()) << wrong;
    EXPECT_THAT(policy.error().message, HasSubstr(wrong));
  }
}

TEST(Cors, AllowsNoCookies) {
  const std::string origin = "https://shop.example";
  std::string lines;
  append_cors_headers(lines, &origin, true);
  EXPECT_THAT(lines, HasSubstr("Access-Control-Allow-Origin: https://shop.example\r\n"));
  EXPECT_THAT(lines, HasSubstr("Access-Control-Allow-Methods: "));
  EXPECT_THAT(lines, Not(HasSubstr("Credentials")));
  std::string foreign;
  append_cors_headers(foreign, nullptr, false);
  EXPECT_EQ(foreign, "Vary: Origin\r\n");
}

TEST(PublicPath, KnowsWhatOperatorsAskHoweverItIsSpelt) {
  for (const char* path :
       {"/metrics", "//metrics", "/./metrics", "/x/../metrics", "/api/admin", "/api//admin/keys",
        "/api/x/../admin/keys", "/api/./admin/runs", "/api/administrators", "/metrics/"}) {
    EXPECT_EQ(kind_of(path), PathKind::kOperators) << path;
  }
}

TEST(PublicPath, KnowsWhatIsCounted) {
  EXPECT_EQ(kind_of("/api/recommendations"), PathKind::kApi);
  EXPECT_EQ(kind_of("/api/metrics"), PathKind::kApi);
  EXPECT_EQ(kind_of("/api/users/u/stream"), PathKind::kStream);
  EXPECT_EQ(kind_of("/api/users/u/stream/x"), PathKind::kApi);
  EXPECT_EQ(kind_of("/api/users/u/history"), PathKind::kApi);
  for (const char* path : {"/", "/health", "/docs", "/console", "/apis", "/metrics.js", "*", ""}) {
    EXPECT_EQ(kind_of(path), PathKind::kOther) << path;
  }
  for (const char* path : {"/..", "/../etc/passwd", "/api/../../metrics", "/a/b/../../.."}) {
    EXPECT_EQ(kind_of(path), PathKind::kOutside) << path;
  }
}

RC_GTEST_PROP(PublicPath, IsTheSameWithDetours, ()) {
  const std::string path = *rc::gen::element<std::string>("/metrics", "/api/admin/runs", "/docs",
                                                          "/api/users/u/stream", "/api/genres");
  const std::string detour =
      *rc::gen::element<std::string>("/.", "/", "/x/..", "/x/y/../..", "/.//.");
  std::size_t at = 0;
  for (auto n = *rc::gen::inRange(0, 4); n > 0 && at != std::string::npos; --n) {
    at = path.find('/', at + 1);
  }
  std::string longer = path;
  longer.insert(at == std::string::npos ? 0 : at, detour);
  RC_ASSERT(kind_of(longer) == kind_of(path));
}

TEST(RequestId, KeepsAClientsOwnWhenItIsHarmless) {
  RequestId id;
  EXPECT_TRUE(id.take("abc-12345678_X"));
  EXPECT_EQ(id.text(), "abc-12345678_X");
  for (const std::string& bad :
       {std::string("short"), std::string(65, 'x'), std::string("a b c d e"),
        std::string("a\",\"status\":200"), std::string()}) {
    EXPECT_FALSE(id.take(bad)) << bad;
  }
  EXPECT_EQ(id.text(), "abc-12345678_X");
  EXPECT_TRUE(id.take(std::string(64, 'x')));
}

TEST(RequestId, OfItsOwnIsNeverTheSame) {
  RequestId id;
  std::set<std::string> seen;
  for (std::uint64_t connection = 0; connection < 40; ++connection) {
    for (std::uint64_t number = 0; number < 40; ++number) {
      id.make(connection, number);
      EXPECT_EQ(id.text().size(), 32U);
      seen.emplace(id.text());
    }
  }
  EXPECT_EQ(seen.size(), 1'600U);
}

TEST(ClientConnections, AreCountedForEachClientAndForgottenWhenGone) {
  ClientConnections connections(2);
  EXPECT_TRUE(connections.try_add(1));
  EXPECT_TRUE(connections.try_add(1));
  EXPECT_FALSE(connections.try_add(1));
  EXPECT_TRUE(connections.try_add(2));
  connections.remove(1);
  EXPECT_TRUE(connections.try_add(1));
  for (const std::uint64_t client : {1, 1, 2}) connections.remove(client);
  EXPECT_EQ(connections.clients(), 0U);
}

TEST(AccessLog, HasOneStrictObjectALine) {
  const http::Exchange exchange{"GET", "/a\"b\\c\nd\x01", 200, 10, 20, 0.0015};
  std::string out;
  append_access_line(out, {0, "0123456789abcdef", "192.0.2.7", &exchange});
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_TRUE(testing::parse_strict_json(std::string_view(out).substr(0, out.size() - 1))) << out;
  EXPECT_THAT(out, HasSubstr(R"("client":"192.0.2.7","method":"GET")"));
  EXPECT_THAT(out, HasSubstr(R"("seconds":0.001500)"));
}

TEST(AccessLog, WritesWhatWaitsWhenItEnds) {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "access.log";
  telemetry::Metrics metrics;
  {
    const auto log = AccessLog::open(file.string(), metrics).value();
    const http::Exchange exchange{"GET", "/", 200, 1, 2, 0};
    for (std::uint64_t i = 0; i < 100; ++i) log->add({0, "id", "::1", &exchange}, i);
  }
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  const std::string lines = text.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 100);
}

TEST(AccessLog, LosesAndCountsLinesThatNobodyCanWrite) {
  telemetry::Metrics metrics;
  {
    const auto log = AccessLog::open("/dev/full", metrics).value();
    const http::Exchange exchange{"GET", "/", 200, 1, 2, 0};
    log->add({0, "id", "::1", &exchange}, 0);
  }
  EXPECT_EQ(metrics.counter("marquee_access_log_dropped_total", "").value(), 1);
}

TEST(AccessLog, SaysWhatItCannotOpen) {
  telemetry::Metrics metrics;
  const auto log = AccessLog::open("/nowhere/access.log", metrics);
  ASSERT_FALSE(log.ok());
  EXPECT_THAT(log.error().message, HasSubstr("/nowhere/access.log"));
}

}  // namespace
}  // namespace marquee::gateway
