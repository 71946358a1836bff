// TLS against a server in this process, whose certificates a test chooses.
#include "adapters/redis/tls_client.h"

#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "adapters/redis/connection.h"
#include "testing/certificate.h"
#include "testing/local_listener.h"
#include "testing/temporary_directory.h"

namespace marquee::redis {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

template <typename T>
using OpensslOwned = std::unique_ptr<T, void (*)(T*)>;

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
  /// The next byte that the client sends finds nobody.
  void hang_up() const { ::shutdown(client_, SHUT_RDWR); }

 private:
  void serve() {
    sigset_t pipe{};  // only the client is under test
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    const int client = listener_.accept(milliseconds(20'000));
    if (client < 0) return;
    client_ = client;
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
  std::atomic<int> client_ = -1;
  const OpensslOwned<SSL_CTX> context_;
  const std::string reply_;
  std::jthread thread_;
};

class TlsClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::make_certificate(directory_.path(), "server", "DNS:localhost");
    testing::make_certificate(directory_.path(), "address", "IP:127.0.0.1");
    testing::make_certificate(directory_.path(), "client", "DNS:client");
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

TEST_F(TlsClientTest, WritingToAServerThatIsGoneIsAnErrorAndNoSignal) {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  const TlsServer server(path("server"), "", "");
  const auto deadline = std::chrono::steady_clock::now() + milliseconds(20'000);
  auto connection =
      Connection::open(server.address("localhost", {path("server.pem"), "", ""}), deadline);
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  const std::string value(4'000'000, 'x');
  const std::vector<Command> commands{{"SET", "k", value}};
  server.hang_up();
  for (int i = 0; i < 3; ++i) {
    const auto replies = connection->exchange(commands, deadline);
    ASSERT_FALSE(replies.ok());
    EXPECT_EQ(replies.error().code, ErrorCode::kUnavailable);
  }
  std::signal(SIGPIPE, before);
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
