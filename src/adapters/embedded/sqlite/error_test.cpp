// What each of SQLite's result codes means to a caller. A function in SQL fails with any code.
#include "adapters/embedded/sqlite/error.h"

#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

void fail_with(sqlite3_context* context, int, sqlite3_value** arguments) {
  sqlite3_result_error_code(context, sqlite3_value_int(arguments[0]));
}

class SqliteErrorTest : public ::testing::Test {
 protected:
  SqliteErrorTest() {
    sqlite3_create_function(db_->handle(), "fail_with", 1, SQLITE_UTF8, nullptr, &fail_with,
                            nullptr, nullptr);
  }
  /// The error of a statement that ends with `code`.
  Error error_of(int code) {
    EXPECT_FALSE(db_->execute(("SELECT fail_with(" + std::to_string(code) + ")").c_str()).ok());
    EXPECT_EQ(sqlite3_extended_errcode(db_->handle()), code);
    return sqlite_error(db_->handle(), "trying");
  }

  testing::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "marquee.db";
  std::unique_ptr<SqliteConnection> db_ = connect(path_);
};

TEST_F(SqliteErrorTest, HasOneMeaningForEveryCode) {
  const std::pair<int, ErrorCode> meanings[] = {
      {SQLITE_FULL, ErrorCode::kResourceExhausted}, {SQLITE_CORRUPT, ErrorCode::kDataLoss},
      {SQLITE_NOTADB, ErrorCode::kDataLoss},        {SQLITE_BUSY, ErrorCode::kUnavailable},
      {SQLITE_LOCKED, ErrorCode::kUnavailable},     {SQLITE_IOERR, ErrorCode::kUnavailable},
      {SQLITE_PROTOCOL, ErrorCode::kUnavailable},   {SQLITE_CANTOPEN, ErrorCode::kUnavailable},
      {SQLITE_INTERRUPT, ErrorCode::kUnavailable},  {SQLITE_READONLY, ErrorCode::kPermissionDenied},
      {SQLITE_PERM, ErrorCode::kPermissionDenied},  {SQLITE_AUTH, ErrorCode::kPermissionDenied},
      {SQLITE_CONSTRAINT, ErrorCode::kConflict},    {SQLITE_ERROR, ErrorCode::kInternal},
      {SQLITE_MISMATCH, ErrorCode::kInternal},      {SQLITE_MISUSE, ErrorCode::kInternal},
      {SQLITE_RANGE, ErrorCode::kInternal},         {SQLITE_TOOBIG, ErrorCode::kInternal},
  };
  for (const auto& [code, meaning] : meanings) EXPECT_EQ(error_of(code).code, meaning) << code;
}

TEST_F(SqliteErrorTest, AnExtendedCodeMeansWhatItsPrimaryCodeDoes) {
  const std::pair<int, ErrorCode> meanings[] = {
      {SQLITE_IOERR_READ, ErrorCode::kUnavailable},
      {SQLITE_IOERR_FSYNC, ErrorCode::kUnavailable},
      {SQLITE_CORRUPT_VTAB, ErrorCode::kDataLoss},
      {SQLITE_CORRUPT_INDEX, ErrorCode::kDataLoss},
      {SQLITE_BUSY_SNAPSHOT, ErrorCode::kUnavailable},
      {SQLITE_READONLY_DBMOVED, ErrorCode::kPermissionDenied},
      {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::kConflict},
      {SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::kConflict},
      {SQLITE_CANTOPEN_ISDIR, ErrorCode::kUnavailable},
  };
  for (const auto& [code, meaning] : meanings) EXPECT_EQ(error_of(code).code, meaning) << code;
}

TEST_F(SqliteErrorTest, SaysWhatWasTriedOnWhichFileAndWhatToDo) {
  const std::string message = error_of(SQLITE_FULL).message;
  EXPECT_TRUE(message.starts_with("trying in " + path_.string())) << message;
  EXPECT_NE(message.find("(SQLite 13)"), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with("; free space on its device")) << message;
  EXPECT_NE(error_of(SQLITE_CORRUPT).message.find("marquee rebuild"), std::string::npos);
  EXPECT_NE(error_of(SQLITE_READONLY).message.find("owner and mode"), std::string::npos);
}

TEST_F(SqliteErrorTest, KnowsAFailedWriteFromEveryOtherFailure) {
  for (const int code :
       {SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE}) {
    (void)error_of(code);
    EXPECT_TRUE(is_failed_write(db_->handle())) << code;
  }
  for (const int code :
       {SQLITE_IOERR, SQLITE_IOERR_READ, SQLITE_FULL, SQLITE_BUSY, SQLITE_CORRUPT}) {
    (void)error_of(code);
    EXPECT_FALSE(is_failed_write(db_->handle())) << code;
  }
}

TEST_F(SqliteErrorTest, AConnectionGoesOnAfterAnyOfThem) {
  for (const int code : {SQLITE_FULL, SQLITE_BUSY, SQLITE_IOERR, SQLITE_CONSTRAINT}) {
    (void)error_of(code);
    EXPECT_EQ(number(*db_, "SELECT 42"), 42);
  }
}

TEST_F(SqliteErrorTest, AMissingDirectoryIsUnavailableAndNamed) {
  const auto opened = SqliteConnection::open(directory_.path() / "none" / "marquee.db", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(opened.error().message.find("none/marquee.db"), std::string::npos);
  EXPECT_NE(opened.error().message.find("directory exists"), std::string::npos);
}

TEST_F(SqliteErrorTest, ADirectoryWhereTheFileShouldBeIsNoCrash) {
  const auto opened = SqliteConnection::open(directory_.path(), {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
}

TEST_F(SqliteErrorTest, AFileThatAnotherConnectionHoldsIsUnavailable) {
  execute(*db_, "PRAGMA journal_mode=WAL; CREATE TABLE t(x)");
  const auto other = connect(path_);
  sqlite3_busy_timeout(other->handle(), 0);
  execute(*db_, "BEGIN IMMEDIATE");
  const auto held = other->execute("INSERT INTO t VALUES(1)");
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(held.error().message.find("another process holds it"), std::string::npos);
  execute(*db_, "COMMIT");
  EXPECT_TRUE(other->execute("INSERT INTO t VALUES(1)").ok());
}

}  // namespace
}  // namespace marquee::embedded
