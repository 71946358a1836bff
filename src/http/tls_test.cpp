// Certificates: what cannot be used is named and changes nothing.

#include "http/tls.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "http/raw_client_for_test.h"
#include "http/server.h"
#include "testing/temporary_directory.h"

namespace marquee::http {
namespace {

using ::testing::HasSubstr;

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

class TlsTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  /// NAME.pem, signed with its own key, and NAME.key.
  void make(const std::string& name) const {
    const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Owned<X509> certificate(X509_new(), X509_free);
    ASSERT_TRUE(key && certificate);
    constexpr long kDay = 86'400;
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
    X509_set_pubkey(certificate.get(), key.get());
    ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
    const auto write = [&](const std::string& ending, const auto& put) {
      std::FILE* file = std::fopen(path(name + ending).c_str(), "w");
      ASSERT_NE(file, nullptr);
      EXPECT_EQ(put(file), 1);
      std::fclose(file);
    };
    write(".pem", [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
    write(".key", [&](std::FILE* file) {
      return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

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
