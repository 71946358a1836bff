#include "adapters/embedded/sqlite/connection.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

class SqliteConnectionTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "marquee.db";
  std::unique_ptr<SqliteConnection> db_ = connect(path_);
};

/// What comes back of one value that was bound.
template <typename Value, typename Read>
auto echo(SqliteConnection& db, const Value& value, const Read& read) {
  auto query = db.prepare("SELECT ?").value();
  RC_ASSERT(query.bind(value).step().value());
  return read(query);
}

RC_GTEST_FIXTURE_PROP(SqliteConnectionTest, GivesBackEveryNumber, (std::int64_t n)) {
  RC_ASSERT(echo(*db_, n, [](auto& query) { return query.i64(0); }) == n);
  const auto bits = static_cast<std::uint64_t>(n);
  auto query = db_->prepare("SELECT ?1, ?1 IS NULL").value();
  RC_ASSERT(query.bind_u64(bits).step().value());
  RC_ASSERT(query.u64(0) == bits);
  RC_ASSERT(query.i64(1) == 0);
}

RC_GTEST_FIXTURE_PROP(SqliteConnectionTest, GivesBackEveryDoubleThatIsANumber, (std::uint64_t b)) {
  const auto real = std::bit_cast<double>(b);
  RC_PRE(!std::isnan(real));
  const double back = echo(*db_, real, [](auto& query) { return query.real(0); });
  RC_ASSERT(back == real);
}

RC_GTEST_FIXTURE_PROP(SqliteConnectionTest, GivesBackEveryTextByteForByte,
                      (const std::string& text)) {
  const std::string_view view(text);
  RC_ASSERT(echo(*db_, view, [](auto& query) { return query.string(0); }) == text);
}

RC_GTEST_FIXTURE_PROP(SqliteConnectionTest, GivesBackEveryBlob, (const std::string& bytes)) {
  auto query = db_->prepare("SELECT ?1, typeof(?1)").value();
  RC_ASSERT(query.bind_blob(std::as_bytes(std::span(bytes))).step().value());
  const auto back = query.blob(0);
  RC_ASSERT(std::string(reinterpret_cast<const char*>(back.data()), back.size()) == bytes);
  RC_ASSERT(query.text(1) == "blob");
}

TEST_F(SqliteConnectionTest, KeepsEmptyApartFromNothing) {
  auto query = db_->prepare("SELECT ?1 IS NULL, ?2 IS NULL, ?3 IS NULL, ?4 IS NULL").value();
  query.bind(std::string_view()).bind_blob({}).bind_null().bind(std::optional<double>());
  ASSERT_TRUE(query.step().value());
  EXPECT_EQ(query.i64(0), 0) << "an empty text";
  EXPECT_EQ(query.i64(1), 0) << "an empty blob";
  EXPECT_EQ(query.i64(2), 1);
  EXPECT_EQ(query.i64(3), 1);
}

TEST_F(SqliteConnectionTest, StoresWhatIsNoNumberAsNothing) {
  auto query = db_->prepare("SELECT ?").value();
  ASSERT_TRUE(query.bind(std::numeric_limits<double>::quiet_NaN()).step().value());
  EXPECT_TRUE(query.is_null(0));
}

TEST_F(SqliteConnectionTest, CompilesAStatementOnceHoweverOftenItIsPrepared) {
  (void)db_->prepare("SELECT 1");
  const auto statements = [this] {
    int count = 0;
    for (auto* at = sqlite3_next_stmt(db_->handle(), nullptr); at != nullptr;
         at = sqlite3_next_stmt(db_->handle(), at)) {
      ++count;
    }
    return count;
  };
  const int before = statements();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(number(*db_, "SELECT 1"), 1);
  EXPECT_EQ(statements(), before);
}

TEST_F(SqliteConnectionTest, AStatementForgetsItsBindingsWhenItIsRewound) {
  auto query = db_->prepare("SELECT ?1 + coalesce(?2, 100)").value();
  ASSERT_TRUE(query.bind(std::int64_t{1}).bind(std::int64_t{2}).step().value());
  EXPECT_EQ(query.i64(0), 3);
  query.rewind();
  ASSERT_TRUE(query.bind(std::int64_t{1}).step().value());
  EXPECT_EQ(query.i64(0), 101);
}

TEST_F(SqliteConnectionTest, AStatementThatGoesHalfReadLetsItsTableGo) {
  execute(*db_, "CREATE TABLE t(x); INSERT INTO t VALUES(1), (2)");
  {
    auto query = db_->prepare("SELECT x FROM t").value();
    ASSERT_TRUE(query.step().value());
    EXPECT_FALSE(db_->execute("DROP TABLE t").ok()) << "it is being read";
  }
  EXPECT_TRUE(db_->execute("DROP TABLE t").ok());
}

TEST_F(SqliteConnectionTest, ABindThatFailsShowsWhenTheStatementRuns) {
  execute(*db_, "CREATE TABLE t(x)");
  {
    auto insert = db_->prepare("INSERT INTO t VALUES(?)").value();
    EXPECT_FALSE(insert.bind(std::int64_t{1}).bind(std::int64_t{2}).run().ok());
    insert.rewind();
    EXPECT_TRUE(insert.bind(std::int64_t{1}).run().ok()) << "and is forgotten with the bindings";
  }
  EXPECT_EQ(number(*db_, "SELECT count(*) FROM t"), 1);
}

TEST_F(SqliteConnectionTest, CountsTheRowsOfTheLastChange) {
  execute(*db_, "CREATE TABLE t(x); INSERT INTO t VALUES(1), (2), (3)");
  execute(*db_, "UPDATE t SET x = 0 WHERE x > 1");
  EXPECT_EQ(db_->changes(), 2);
  execute(*db_, "DELETE FROM t WHERE x = 77");
  EXPECT_EQ(db_->changes(), 0);
}

TEST_F(SqliteConnectionTest, ReadsOnlyWhenToldToAndMakesNoFileThen) {
  execute(*db_, "CREATE TABLE t(x)");
  const auto reader = connect(path_, true);
  EXPECT_EQ(reader->execute("INSERT INTO t VALUES(1)").error().code, ErrorCode::kPermissionDenied);
  SqliteConnection::Options options;
  options.read_only = true;
  EXPECT_FALSE(SqliteConnection::open(directory_.path() / "none.db", options).ok());
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "none.db"));
}

TEST_F(SqliteConnectionTest, TakesADoubleQuotedWordForANameOnly) {
  EXPECT_FALSE(db_->execute("SELECT \"no such column\"").ok());
}

TEST_F(SqliteConnectionTest, LetsNoStatementEditTheSchemaBehindSqlitesBack) {
  execute(*db_, "CREATE TABLE t(x)");
  (void)db_->execute("PRAGMA writable_schema=ON");
  EXPECT_FALSE(db_->execute("UPDATE sqlite_schema SET sql = 'nonsense'").ok());
}

TEST_F(SqliteConnectionTest, SaysWhatIsWrongWithAStatement) {
  const auto query = db_->prepare("SELECT x FROM nowhere");
  ASSERT_FALSE(query.ok());
  EXPECT_NE(query.error().message.find("nowhere"), std::string::npos) << query.error().message;
  EXPECT_NE(query.error().message.find(path_.string()), std::string::npos);
}

TEST_F(SqliteConnectionTest, NeverCopiesTheWalBackByItself) {
  execute(*db_, "PRAGMA journal_mode=WAL; CREATE TABLE t(x)");
  const auto bytes = std::filesystem::file_size(path_);
  execute(*db_, "INSERT INTO t VALUES(zeroblob(8000000))");  // twice SQLite's own limit
  EXPECT_EQ(std::filesystem::file_size(path_), bytes);
  EXPECT_GT(std::filesystem::file_size(path_.string() + "-wal"), 8'000'000U);
}

}  // namespace
}  // namespace marquee::embedded
