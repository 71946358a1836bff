// Certificates: what cannot be used is named and changes nothing.

#include "http/tls.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/raw_client_for_test.h"
#include "http/server.h"
#include "testing/certificate.h"
#include "testing/temporary_directory.h"

namespace marquee::http {
namespace {

using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  void make(const std::string& name) const { testing::make_certificate(directory_.path(), name); }

  const testing::TemporaryDirectory directory_;
};

TEST_F(TlsTest, NamesTheFileThatCannotBeUsed) {
  make("good");
  make("other");
  const auto refusal = [this](const char* certificate, const char* key) {
    const auto tls = Tls::load(path(certificate), path(key));
    return tls.ok() ? std::string("taken") : tls.error().message;
  };
  EXPECT_EQ(refusal("good.pem", "good.key"), "taken");
  EXPECT_THAT(refusal("missing.pem", "good.key"), HasSubstr("certificate " + path("missing.pem")));
  EXPECT_THAT(refusal("good.key", "good.key"), HasSubstr("certificate " + path("good.key")));
  EXPECT_THAT(refusal("good.pem", "missing.key"), HasSubstr("key " + path("missing.key")));
  EXPECT_THAT(refusal("good.pem", "other.key"), HasSubstr("key " + path("other.key")));
}

TEST_F(TlsTest, KeepsWhatIsInUseWhenTheNewFilesAreWrong) {
  make("used");
  const auto tls = Tls::load(path("used.pem"), path("used.key")).value();
  const auto before = tls->context();
  std::filesystem::remove(path("used.key"));
  EXPECT_FALSE(tls->reload().ok());
  EXPECT_EQ(tls->context(), before);
  make("used");
  EXPECT_TRUE(tls->reload().ok());
  EXPECT_NE(tls->context(), before);
}

TEST_F(TlsTest, AClientThatDoesNotShakeHandsIsCutOffInTime) {
  make("used");
  const auto tls = Tls::load(path("used.pem"), path("used.key")).value();
  Server::Options options;
  options.port = 0;
  options.request_timeout = std::chrono::milliseconds(200);
  options.tls = tls.get();
  const Router router;
  telemetry::Metrics metrics;
  const auto server = Server::start(options, router, metrics).value();
  RawClient silent(server->port());
  EXPECT_TRUE(silent.sees_end());
  RawClient plain(server->port());
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(plain.receive().status, 0);
  server->drain(std::chrono::seconds(5));
}

}  // namespace
}  // namespace marquee::http
