// Statements that a connection keeps prepared, when all goes well and when it does not.
#include <gtest/gtest.h>

#include "adapters/postgres/database.h"
#include "platform/postgres_for_test.h"

namespace marquee::testing {
namespace {

using postgres::Parameters;
using postgres::PostgresConnection;
using postgres::PostgresDatabase;
using postgres::repeated;
using postgres::Statement;

constexpr std::chrono::milliseconds kTime{20'000};
const SystemClock kStatementsClock;

Statement twice(std::int64_t number) {
  return repeated({"SELECT 2 * $1::bigint", Parameters().add(number)});
}

class PostgresStatementsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = PostgresConnection::open(postgres_options("public"));
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    connection_ = *std::move(opened);
  }
  std::int64_t kept() {
    const auto rows = connection_->run(
        Statement{"SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 2 %'"},
        kTime);
    EXPECT_TRUE(rows.ok());
    return rows.ok() ? rows->i64(0, 0) : -1;
  }

  std::unique_ptr<PostgresConnection> connection_;
};

TEST_F(PostgresStatementsTest, OneThatIsRepeatedIsPreparedOnce) {
  for (std::int64_t i = 0; i < 20; ++i) {
    const std::vector<Statement> batch{twice(i), {"SELECT 7::bigint"}, twice(-i)};
    const auto given = connection_->run(batch, kTime);
    ASSERT_TRUE(given.ok()) << given.error().message;
    ASSERT_EQ(given->size(), 3U);
    EXPECT_EQ((*given)[0].i64(0, 0), 2 * i);
    EXPECT_EQ((*given)[1].i64(0, 0), 7);
    EXPECT_EQ((*given)[2].i64(0, 0), -2 * i);
  }
  EXPECT_EQ(kept(), 1);
}

TEST_F(PostgresStatementsTest, OneThatCannotBePreparedIsItsOwnErrorAndNoLastingOne) {
  const Statement statement = repeated({"SELECT count(*) FROM pg_temp.not_yet"});
  for (int i = 0; i < 3; ++i) {
    const auto rows = connection_->run(statement, kTime);
    ASSERT_FALSE(rows.ok());
    EXPECT_NE(rows.error().message.find("not_yet"), std::string::npos) << rows.error().message;
  }
  ASSERT_TRUE(connection_->run(Statement{"CREATE TEMP TABLE not_yet(a int)"}, kTime).ok());
  EXPECT_TRUE(connection_->run(statement, kTime).ok());
}

TEST_F(PostgresStatementsTest, OneBehindAFailedStatementIsPreparedTheNextTime) {
  const std::vector<Statement> failing{{"SELECT 1/0"}, twice(1)};
  const auto failed = connection_->run(failing, kTime);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find("division by zero"), std::string::npos);
  EXPECT_EQ(kept(), 0);
  const auto rows = connection_->run(twice(4), kTime);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->i64(0, 0), 8);
}

TEST_F(PostgresStatementsTest, OneThatFailsByItsValuesStaysPrepared) {
  const auto inverse = [](std::int64_t number) {
    return repeated({"SELECT 2 / $1::bigint", Parameters().add(number)});
  };
  ASSERT_TRUE(connection_->run(inverse(1), kTime).ok());
  ASSERT_FALSE(connection_->run(inverse(0), kTime).ok());
  EXPECT_TRUE(connection_->run(inverse(2), kTime).ok());
  EXPECT_EQ(kept(), 1);
}

TEST_F(PostgresStatementsTest, ARollbackTakesNothingOfItBack) {
  PostgresDatabase database(postgres_options("public"), kStatementsClock);
  const auto given_up =
      database.write([](postgres::PostgresTransaction& transaction) -> Result<void> {
        MARQUEE_CHECK(transaction.execute(twice(1)));
        return Error{ErrorCode::kConflict, "never mind"};
      });
  ASSERT_FALSE(given_up.ok());
  const auto rows = database.query(twice(3), kTime);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->i64(0, 0), 6);
}

/// As a pooler does that lends one session to many.
TEST_F(PostgresStatementsTest, AConnectionThatLostThemIsReplaced) {
  PostgresDatabase database(postgres_options("public"), kStatementsClock);
  ASSERT_TRUE(database.query(twice(1), kTime).ok());
  ASSERT_TRUE(database.query(Statement{"DEALLOCATE ALL"}, kTime).ok());
  const auto lost = database.query(twice(2), kTime);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable) << lost.error().message;
  const auto rows = database.query(twice(5), kTime);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->i64(0, 0), 10);
}

}  // namespace
}  // namespace marquee::testing
