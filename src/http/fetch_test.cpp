// A document of another server: only from where it is said to be, only whole, and in time.

#include "http/fetch.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/server.h"
#include "http/tls.h"
#include "testing/certificate.h"
#include "testing/temporary_directory.h"

namespace marquee::http {
namespace {

using ::testing::HasSubstr;

class FetchTest : public ::testing::Test {
 protected:
  FetchTest() {
    router_.add(Method::kGet, "/keys", [this](const Request&, const Reply& reply) {
      ++asked_;
      Response response;
      response.body = R"({"keys":[]})";
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/moved", [](const Request&, const Reply& reply) {
      Response response;
      response.status = 302;
      response.headers.emplace_back("Location", "/keys");
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/large", [](const Request&, const Reply& reply) {
      Response response;
      response.body = std::string(1'000, 'x');
      reply(std::move(response));
    });
    router_.add(Method::kGet, "/never",
                [this](const Request&, Reply reply) { kept_ = std::move(reply); });
  }

  void serve(const std::string& certificate = "") {
    Server::Options options;
    options.port = 0;
    if (!certificate.empty()) {
      tls_ = Tls::load(path(certificate + ".pem"), path(certificate + ".key")).value();
      options.tls = tls_.get();
    }
    server_ = Server::start(options, router_, metrics_).value();
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  Result<std::string> get(const std::string& target, FetchOptions options = {},
                          const std::string& host = "127.0.0.1") const {
    const std::string scheme = tls_ == nullptr ? "http://" : "https://";
    MARQUEE_TRY(const auto address, FetchAddress::parse(scheme + host + ":" +
                                                        std::to_string(server_->port()) + target));
    return fetch(address, options);
  }
  FetchOptions trusting(const std::string& certificate) const {
    FetchOptions options;
    options.ca_file = path(certificate + ".pem");
    return options;
  }

  const testing::TemporaryDirectory directory_;
  std::atomic<int> asked_ = 0;
  Reply kept_;
  Router router_;
  telemetry::Metrics metrics_;
  std::unique_ptr<Tls> tls_;
  std::unique_ptr<Server> server_;
};

TEST_F(FetchTest, BringsTheBody) {
  serve();
  EXPECT_EQ(get("/keys").value(), R"({"keys":[]})");
  EXPECT_EQ(get("/keys", {}, "localhost").value(), R"({"keys":[]})");
}

TEST_F(FetchTest, UnderTlsOnlyFromWhomItTrustsAndByItsName) {
  testing::make_certificate(directory_.path(), "issuer");
  testing::make_certificate(directory_.path(), "other");
  serve("issuer");
  EXPECT_EQ(get("/keys", trusting("issuer")).value(), R"({"keys":[]})");
  EXPECT_EQ(get("/keys", trusting("other")).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(get("/keys").error().code, ErrorCode::kUnavailable) << "signed by itself";
  EXPECT_EQ(get("/keys", trusting("issuer"), "localhost").error().code, ErrorCode::kUnavailable)
      << "another name than the certificate's";
  EXPECT_EQ(asked_, 1);
}

TEST_F(FetchTest, IsNotSentElsewhere) {
  serve();
  const auto moved = get("/moved");
  EXPECT_EQ(moved.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(moved.error().message, HasSubstr("/moved answered 302"));
  EXPECT_EQ(get("/nothing").error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(asked_, 0);
}

TEST_F(FetchTest, TakesNoMoreThanItMay) {
  serve();
  FetchOptions options;
  options.bytes_max = 1'000;
  EXPECT_EQ(get("/large", options)->size(), 1'000U);
  options.bytes_max = 999;
  EXPECT_EQ(get("/large", options).error().code, ErrorCode::kUnavailable);
}

TEST_F(FetchTest, GivesUpOnWhoSaysNothingOrIsNotThere) {
  serve();
  FetchOptions options;
  options.at_most = std::chrono::milliseconds(100);
  EXPECT_THAT(get("/never", options).error().message, HasSubstr("no answer in time"));
  const std::uint16_t port = server_->port();
  server_->drain(std::chrono::milliseconds(0));
  server_.reset();
  const auto address = FetchAddress::parse("http://127.0.0.1:" + std::to_string(port) + "/keys");
  EXPECT_EQ(fetch(*address, {}).error().code, ErrorCode::kUnavailable);
}

TEST_F(FetchTest, ACertificateFileThatCannotBeReadIsNamed) {
  serve();
  EXPECT_THAT(get("/keys", trusting("missing")).error().message, HasSubstr(path("missing.pem")));
}

TEST(FetchAddressTest, TakesHttpsAndOnThisMachineHttp) {
  const auto address = FetchAddress::parse("https://issuer.example/a/jwks.json?v=1");
  ASSERT_TRUE(address.ok());
  EXPECT_TRUE(address->is_tls);
  EXPECT_EQ(address->host, "issuer.example");
  EXPECT_EQ(address->port, "443");
  EXPECT_EQ(address->target, "/a/jwks.json?v=1");
  EXPECT_EQ(FetchAddress::parse("https://h:8443")->port, "8443");
  EXPECT_EQ(FetchAddress::parse("https://h?x")->target, "/?x");
  EXPECT_EQ(FetchAddress::parse("http://localhost/x")->port, "80");
  for (const char* url :
       {"", "issuer.example", "ftp://h/", "http://issuer.example/", "https:///x", "https://u@h/",
        "https://h:/x", "https://h:80a/", "https://h/a b", "https://h/\r\nX: y", "https://h/#a",
        "http://127.0.0.1.example/", "http://127.0.0.1@h/", "https://h:123456/"}) {
    EXPECT_FALSE(FetchAddress::parse(url).ok()) << url;
  }
}

}  // namespace
}  // namespace marquee::http
