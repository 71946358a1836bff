// TLS against a server in this process, whose certificates a test chooses.
#include "adapters/redis/tls_client.h"

#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include "adapters/redis/connection.h"
#include "testing/local_listener.h"
#include "testing/temporary_directory.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

template <typename T>
using OpensslOwned = std::unique_ptr<T, void (*)(T*)>;

/// NAME.pem, signed with its own key and good for `hosts` ("DNS:a,IP:1.2.3.4"), and NAME.key.
void make_certificate(const std::string& name, const std::string& hosts) {
  const OpensslOwned<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const OpensslOwned<X509> certificate(X509_new(), X509_free);
  ASSERT_TRUE(key && certificate);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key.get());
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate.get(), certificate.get(), nullptr, nullptr, 0);
  const OpensslOwned<X509_EXTENSION> names(
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, hosts.c_str()),
      X509_EXTENSION_free);
  ASSERT_TRUE(names);
  X509_add_ext(certificate.get(), names.get(), -1);
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  const OpensslOwned<BIO> public_part(BIO_new_file((name + ".pem").c_str(), "w"), BIO_free_all);
  const OpensslOwned<BIO> secret_part(BIO_new_file((name + ".key").c_str(), "w"), BIO_free_all);
  EXPECT_EQ(PEM_write_bio_X509(public_part.get(), certificate.get()), 1);
  EXPECT_EQ(
      PEM_write_bio_PrivateKey(secret_part.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
      1);
}

/// Takes one client, shakes hands and answers each byte that it gets with a whole RESP reply.
class TlsServer {
 public:
  /// `clients_ca`: whose certificates clients have to show; none when empty.
  TlsServer(const std::string& name, const std::string& clients_ca, std::string reply)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free), reply_(std::move(reply)) {
    SSL_CTX_use_certificate_file(context_.get(), (name + ".pem").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_.get(), (name + ".key").c_str(), SSL_FILETYPE_PEM);
    if (!clients_ca.empty()) {
      SSL_CTX_load_verify_file(context_.get(), clients_ca.c_str());
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
    }
    thread_ = std::jthread([this] { serve(); });
  }
  RedisAddress address(const std::string& host, const TlsFiles& files) const {
    RedisAddress address;
    address.host = host;
    address.port = listener_.port();
    address.tls = TlsClient::load(files).value();
    return address;
  }

 private:
  void serve() {
    const int client = listener_.accept(milliseconds(20'000));
    if (client < 0) return;
    const OpensslOwned<SSL> ssl(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl.get(), client);
    char piece[4'096];
    if (SSL_accept(ssl.get()) == 1) {
      while (SSL_read(ssl.get(), piece, sizeof piece) > 0) {
        if (SSL_write(ssl.get(), reply_.data(), static_cast<int>(reply_.size())) <= 0) break;
      }
    }
    ::close(client);
  }

  testing::LocalListener listener_;
  const OpensslOwned<SSL_CTX> context_;
  const std::string reply_;
  std::jthread thread_;
};

class TlsClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make_certificate(path("server"), "DNS:localhost");
    make_certificate(path("address"), "IP:127.0.0.1");
    make_certificate(path("client"), "DNS:client");
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  /// The answer to one command, or why there is none.
  static Result<std::string> ask(const RedisAddress& address,
                                 milliseconds time = milliseconds(20'000)) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    MARQUEE_TRY(auto connection, Connection::open(address, deadline));
    const std::vector<Command> commands{{"GET", "k"}};
    MARQUEE_TRY(const auto replies, connection.exchange(commands, deadline));
    return std::string(text_of(*replies[0]));
  }

  const testing::TemporaryDirectory directory_;
};

TEST_F(TlsClientTest, BelievesACertificateForTheNameOfTheHost) {
  const TlsServer server(path("server"), "", "$2\r\nhi\r\n");
  const auto answer = ask(server.address("localhost", {path("server.pem"), "", ""}));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(*answer, "hi");
}

TEST_F(TlsClientTest, BelievesACertificateForTheAddressOfTheHost) {
  const TlsServer server(path("address"), "", "$2\r\nhi\r\n");
  const auto answer = ask(server.address("127.0.0.1", {path("address.pem"), "", ""}));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
}

TEST_F(TlsClientTest, BelievesNoCertificateForAnotherHost) {
  const TlsServer server(path("server"), "", "");
  const auto answer = ask(server.address("127.0.0.1", {path("server.pem"), "", ""}));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(answer.error().message, HasSubstr("mismatch"));
}

TEST_F(TlsClientTest, BelievesNobodyOnlyForTheName) {
  const TlsServer server(path("server"), "", "");
  const auto answer = ask(server.address("localhost", {path("client.pem"), "", ""}));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(answer.error().message, HasSubstr("ca_file"));
}

TEST_F(TlsClientTest, ShowsItsOwnCertificateWhereThatIsWanted) {
  const TlsServer server(path("server"), path("client.pem"), "+OK\r\n");
  const auto answer = ask(
      server.address("localhost", {path("server.pem"), path("client.pem"), path("client.key")}));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
}

TEST_F(TlsClientTest, WithoutACertificateThatIsWantedNobodyComesIn) {
  const TlsServer server(path("server"), path("client.pem"), "+OK\r\n");
  const auto answer = ask(server.address("localhost", {path("server.pem"), "", ""}));
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("TLS"));
}

TEST_F(TlsClientTest, ReadsAnAnswerOfManyRecords) {
  const std::string big(300'000, 'x');
  const TlsServer server(path("server"), "", "$300000\r\n" + big + "\r\n");
  const auto answer = ask(server.address("localhost", {path("server.pem"), "", ""}));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(*answer, big);
}

TEST_F(TlsClientTest, HoldsItsDeadlineAgainstAServerThatDoesNotShakeHands) {
  const testing::LocalListener silent;
  RedisAddress address;
  address.host = "127.0.0.1";
  address.port = silent.port();
  address.tls = TlsClient::load({}).value();
  const auto answer = ask(address, milliseconds(50));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(TlsClientTest, TakesWhatIsNoTlsForAnError) {
  const testing::LocalListener listener;
  const std::jthread server([&] {
    const int client = listener.accept(milliseconds(20'000));
    constexpr std::string_view kPlain = "-ERR unknown command\r\n";
    EXPECT_GT(::send(client, kPlain.data(), kPlain.size(), MSG_NOSIGNAL), 0);
    char piece[4'096];
    while (::recv(client, piece, sizeof piece, 0) > 0) continue;
    ::close(client);
  });
  RedisAddress address;
  address.host = "127.0.0.1";
  address.port = listener.port();
  address.tls = TlsClient::load({}).value();
  const auto answer = ask(address);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("TLS, shaking hands"));
}

TEST_F(TlsClientTest, NamesTheFileThatOpensslDoesNotTake) {
  std::ofstream(path("bad.pem"))
      << "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
  const auto refusal = [](const TlsFiles& files) {
    const auto client = TlsClient::load(files);
    return client.ok() ? std::string("taken") : client.error().message;
  };
  EXPECT_THAT(refusal({path("bad.pem"), "", ""}), HasSubstr("'ca_file' names " + path("bad.pem")));
  EXPECT_THAT(refusal({"", path("bad.pem"), path("client.key")}), HasSubstr("'cert_file'"));
  EXPECT_THAT(refusal({"", path("client.pem"), path("server.key")}), HasSubstr("'key_file'"))
      << "the key of another certificate";
}

}  // namespace
}  // namespace marquee::redis
