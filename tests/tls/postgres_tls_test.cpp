// PostgreSQL that lets nobody in without TLS, and what an operator reads when it does not.
#include "adapters/postgres/database.h"
#include "base/clock.h"
#include "tls/servers.h"

namespace marquee::testing {
namespace {

using postgres::PostgresConnection;
using postgres::PostgresOptions;

class PostgresTlsTest : public ::testing::Test {
 protected:
  static PostgresOptions options(const std::string& url, const std::string& parameters) {
    auto options = PostgresOptions::parse(url + "?connect_timeout_ms=20000&" + parameters);
    EXPECT_TRUE(options.ok()) << options.error().message;
    return options.ok() ? *std::move(options) : PostgresOptions{};
  }
  static Error refusal(const PostgresOptions& options) {
    const auto connection = PostgresConnection::open(options);
    EXPECT_FALSE(connection.ok()) << "was let in";
    return connection.ok() ? Error{} : connection.error();
  }

  const std::string url_ = stack_variable("STACK_POSTGRES_URL");
  const std::string tls_ = stack_variable("STACK_POSTGRES_PARAMETERS");
  const std::string secret_ = password_of(url_);
};

TEST_F(PostgresTlsTest, StatementsGoUnderTlsWithAVerifiedCertificate) {
  const auto connection = PostgresConnection::open(options(url_, tls_));
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  const auto rows =
      (*connection)
          ->run(postgres::Statement{"SELECT ssl::int::bigint FROM pg_stat_ssl WHERE pid "
                                    "= pg_backend_pid()",
                                    {}},
                std::chrono::seconds(20));
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->i64(0, 0), 1);
}

TEST_F(PostgresTlsTest, AnswersThatFillManyRecordsOfTlsComeWhole) {
  const auto connection = PostgresConnection::open(options(url_, tls_));
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  const auto rows = (*connection)
                        ->run(postgres::Statement{"SELECT repeat('x', 1000) FROM "
                                                  "generate_series(1, 5000)",
                                                  {}},
                              std::chrono::seconds(20));
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->size(), 5'000);
}

TEST_F(PostgresTlsTest, AWrongPasswordNamesServerAndSetting) {
  const Error error = refusal(options(with(url_, secret_, "hunter2"), tls_));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"127.0.0.1:", "password", "setting state"}, "hunter2");
}

TEST_F(PostgresTlsTest, AnAuthorityThatDoesNotVouchForItIsTold) {
  const Error error = refusal(options(url_, with(tls_, authority(), kStrangers)));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"127.0.0.1:", "certificate verify failed", "sslrootcert"}, secret_);
}

TEST_F(PostgresTlsTest, ACertificateForAnotherHostIsNotBelieved) {
  const Error error = refusal(options(with(url_, "127.0.0.1", "localhost"), tls_));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"localhost", "does not match host name", "setting state"}, secret_);
}

TEST_F(PostgresTlsTest, AFileOfAuthoritiesThatIsMissingIsNamed) {
  const Error error = refusal(options(url_, with(tls_, authority(), "/no/such/ca.pem")));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"/no/such/ca.pem", "does not exist", "sslrootcert"}, secret_);
}

TEST_F(PostgresTlsTest, WhoSpeaksPlainlyIsSentAway) {
  const Error error = refusal(options(url_, "sslmode=disable"));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"pg_hba.conf", "no encryption"}, secret_);
}

TEST_F(PostgresTlsTest, ThePoolSaysInItsHealthWhyNobodyIsLetIn) {
  static const SystemClock kClock;
  postgres::PostgresDatabase database(options(url_, with(tls_, authority(), kStrangers)), kClock);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(database.query(postgres::Statement{"SELECT 1", {}}, std::chrono::seconds(5)).ok());
  }
  const auto health = database.health();
  ASSERT_FALSE(health.ok());
  expect_one_line(health.error(), {"certificate verify failed", "setting state"}, secret_);
}

}  // namespace
}  // namespace marquee::testing
