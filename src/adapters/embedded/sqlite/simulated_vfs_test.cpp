// Goal: SQLite on the simulation behaves as on a file system; else its power cuts prove nothing.
#include "adapters/embedded/sqlite/simulated_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/database.h"
#include "adapters/embedded/sqlite/database_for_test.h"

namespace marquee::embedded {
namespace {

class SimulatedVfsTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteConnection> open(bool read_only = false) {
    SqliteConnection::Options options;
    options.read_only = read_only;
    options.vfs = vfs_.name();
    auto connection = SqliteConnection::open("data/a.db", options);
    EXPECT_TRUE(connection.ok());
    sqlite3_busy_timeout((*connection)->handle(), 0);
    return std::move(connection).value();
  }

  SimulatedDisk disk_{1};
  SimulatedVfs vfs_{disk_};
};

TEST_F(SimulatedVfsTest, ConnectionsOfAWalShareWhatIsCommitted) {
  const auto writer = open();
  execute(*writer, "PRAGMA journal_mode=WAL; CREATE TABLE t(x)");
  const auto reader = open(true);
  execute(*writer, "BEGIN; INSERT INTO t VALUES(7)");
  EXPECT_EQ(number(*reader, "SELECT count(*) FROM t"), 0);
  execute(*writer, "COMMIT");
  EXPECT_EQ(number(*reader, "SELECT x FROM t"), 7);
}

TEST_F(SimulatedVfsTest, OnlyOneWritesAtATimeWithAndWithoutAWal) {
  for (const char* mode : {"PRAGMA journal_mode=DELETE", "PRAGMA journal_mode=WAL"}) {
    const auto one = open();
    execute(*one, mode);
    execute(*one, "CREATE TABLE IF NOT EXISTS t(x)");
    const auto two = open();
    execute(*one, "BEGIN IMMEDIATE; INSERT INTO t VALUES(1)");
    const auto refused = two->execute("BEGIN IMMEDIATE");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    execute(*one, "COMMIT");
    execute(*two, "BEGIN IMMEDIATE; COMMIT");
  }
}

TEST_F(SimulatedVfsTest, TheLastToCloseCopiesTheWalBackAndRemovesIt) {
  auto connection = open();
  execute(*connection, "PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(7)");
  EXPECT_FALSE(disk_.contents("data/a.db-wal").empty());
  connection.reset();
  EXPECT_TRUE(disk_.contents("data/a.db-wal").empty());
  EXPECT_EQ(number(*open(), "SELECT x FROM t"), 7);
}

TEST_F(SimulatedVfsTest, AKilledProcessChangesNothingMoreAndTheNextOneRecovers) {
  auto connection = open();
  execute(*connection, "PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(7);");
  execute(*connection, "BEGIN IMMEDIATE; INSERT INTO t VALUES(8)");
  const auto wal = disk_.contents("data/a.db-wal");
  const auto operations = disk_.operations();
  vfs_.kill();
  EXPECT_FALSE(connection->execute("COMMIT").ok());
  connection.reset();
  vfs_.start_again();
  EXPECT_EQ(disk_.operations(), operations);
  EXPECT_EQ(disk_.contents("data/a.db-wal"), wal);
  EXPECT_EQ(column(*open(), "SELECT x FROM t"), std::vector<std::string>{"7"});
}

TEST_F(SimulatedVfsTest, FailuresOfTheDiskReachSqlite) {
  const auto connection = open();
  execute(*connection, "PRAGMA journal_mode=WAL; CREATE TABLE t(x)");
  disk_.fail_operation(1, Error{ErrorCode::kUnavailable, "planted"});
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES(1)").error().code, ErrorCode::kUnavailable);
  disk_.fail_operation(1, Error{ErrorCode::kResourceExhausted, "planted"});
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES(1)").error().code,
            ErrorCode::kResourceExhausted);
  EXPECT_TRUE(connection->execute("INSERT INTO t VALUES(1)").ok());
  EXPECT_EQ(number(*connection, "SELECT count(*) FROM t"), 1);
}

}  // namespace
}  // namespace marquee::embedded
