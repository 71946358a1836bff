// The schema over its life: every older version, newer ones, other programs, two at once.
#include "adapters/embedded/sqlite/schema.h"

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

constexpr const char* kDump = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name";

class SqliteSchemaTest : public ::testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }
  /// A database as a program left it that knew the first `count` migrations only.
  std::unique_ptr<SqliteConnection> of_version(std::size_t count) const {
    auto db = connect(path("v" + std::to_string(count) + ".db"));
    EXPECT_TRUE(migrate(*db, migrations().first(count)).ok());
    return db;
  }
  static std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(SqliteSchemaTest, NumbersItsMigrationsFromOneWithoutAGap) {
  int wanted = 1;
  for (const Migration& step : migrations()) EXPECT_EQ(step.version, wanted++) << step.name;
}

TEST_F(SqliteSchemaTest, EveryOlderVersionBecomesTheSameAsAFreshOne) {
  const auto fresh = of_version(migrations().size());
  const auto wanted = column(*fresh, kDump);
  for (std::size_t version = 0; version < migrations().size(); ++version) {
    const auto db = of_version(version);
    ASSERT_TRUE(migrate(*db, migrations()).ok()) << version;
    EXPECT_EQ(column(*db, kDump), wanted) << version;
    EXPECT_TRUE(check_schema(*db, migrations()).ok()) << version;
  }
}

TEST_F(SqliteSchemaTest, WhatAnOlderProgramStoredIsStillThere) {
  const auto db = of_version(1);
  execute(*db, "INSERT INTO movie_counts VALUES('m1', 20089, 7)");
  execute(*db, "INSERT INTO cursors(consumer, partition, next_offset) VALUES('speed', -1, 41)");
  ASSERT_TRUE(migrate(*db, migrations()).ok());
  EXPECT_EQ(number(*db, "SELECT count FROM movie_counts WHERE movie_id = 'm1'"), 7);
  EXPECT_EQ(number(*db, "SELECT next_offset FROM cursors"), 41);
}

TEST_F(SqliteSchemaTest, RecordsEachStepOnceWithItsName) {
  const auto db = of_version(1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(migrate(*db, migrations()).ok());
  std::vector<std::string> names;
  for (const Migration& step : migrations()) names.emplace_back(step.name);
  EXPECT_EQ(column(*db, "SELECT name FROM schema_migrations ORDER BY version"), names);
}

TEST_F(SqliteSchemaTest, ADatabaseOfTheFutureIsRefusedAndLeftAsItIs) {
  const int known = migrations().back().version;
  {
    const auto db = of_version(migrations().size());
    execute(*db, "INSERT INTO schema_migrations(version, name) VALUES(99, 'of the future')");
  }
  const auto file = path("v" + std::to_string(known) + ".db");
  const std::string before = bytes_of(file);
  {
    const auto db = connect(file);
    for (const auto& outcome : {migrate(*db, migrations()), check_schema(*db, migrations())}) {
      ASSERT_FALSE(outcome.ok());
      EXPECT_EQ(outcome.error().code, ErrorCode::kFailedPrecondition);
      EXPECT_NE(outcome.error().message.find("schema version 99"), std::string::npos);
      EXPECT_NE(outcome.error().message.find(file.string()), std::string::npos);
    }
  }
  EXPECT_EQ(bytes_of(file), before);
}

TEST_F(SqliteSchemaTest, AReaderWantsExactlyItsOwnVersion) {
  for (std::size_t version = 1; version < migrations().size(); ++version) {
    const auto db = of_version(version);
    EXPECT_TRUE(check_schema(*db, migrations().first(version)).ok());
    const auto outcome = check_schema(*db, migrations());
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_NE(outcome.error().message.find("marquee migrate"), std::string::npos);
  }
}

TEST_F(SqliteSchemaTest, AnotherProgramsDatabaseIsRefusedAndLeftAsItIs) {
  {
    const auto db = connect(path("theirs.db"));
    execute(*db, "CREATE TABLE schema_migrations(version INTEGER, name TEXT)");
    execute(*db, "INSERT INTO schema_migrations VALUES(1, 'theirs'); PRAGMA application_id=7");
  }
  const std::string before = bytes_of(path("theirs.db"));
  const auto db = connect(path("theirs.db"));
  for (const auto& outcome : {migrate(*db, migrations()), check_schema(*db, migrations())}) {
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_NE(outcome.error().message.find("another program"), std::string::npos);
  }
  EXPECT_EQ(bytes_of(path("theirs.db")), before);
}

TEST_F(SqliteSchemaTest, TheFileSaysWhoseItIsAtByte68) {
  of_version(1).reset();
  EXPECT_EQ(bytes_of(path("v1.db")).substr(68, 4), "MRQE");
}

TEST_F(SqliteSchemaTest, GoesOnWhereACrashBetweenTwoStepsLeftIt) {
  constexpr Migration kBroken{3, "broken", "CREATE TABLE half(x); SELECT nonsense"};
  const std::vector<Migration> steps{migrations()[0], migrations()[1], kBroken};
  const auto db = connect(path("crash.db"));
  const auto outcome = migrate(*db, steps);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("migration 3 (broken)"), std::string::npos);
  EXPECT_EQ(number(*db, "SELECT max(version) FROM schema_migrations"), 2);
  EXPECT_EQ(number(*db, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
  ASSERT_TRUE(migrate(*db, migrations()).ok());
  EXPECT_EQ(column(*db, kDump), column(*of_version(migrations().size()), kDump));
}

/// The lock of the directory keeps two owners apart; should it fail, no step may be half done.
TEST_F(SqliteSchemaTest, TwoProgramsAtOnceLeaveAWholeSchema) {
  for (int round = 0; round < 10; ++round) {
    const auto file = path("race" + std::to_string(round) + ".db");
    execute(*connect(file), "PRAGMA journal_mode=WAL");
    {
      std::vector<std::jthread> programs;
      for (int i = 0; i < 2; ++i) {
        programs.emplace_back([&] {
          const auto db = connect(file);
          static_cast<void>(migrate(*db, migrations()));  // the slower one may be told off
        });
      }
    }
    const auto db = connect(file);
    ASSERT_TRUE(migrate(*db, migrations()).ok());
    EXPECT_EQ(number(*db, "SELECT count(*) FROM schema_migrations"),
              static_cast<std::int64_t>(migrations().size()));
    EXPECT_EQ(column(*db, kDump), column(*of_version(migrations().size()), kDump));
  }
}

TEST_F(SqliteSchemaTest, NoTableTakesAValueOfAnotherType) {
  const auto db = of_version(migrations().size());
  EXPECT_EQ(column(*db,
                   "SELECT name FROM pragma_table_list WHERE schema = 'main' AND "
                   "type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'"),
            std::vector<std::string>{});
  EXPECT_FALSE(db->execute("INSERT INTO movie_counts VALUES('m', 'no day', 1)").ok());
}

TEST_F(SqliteSchemaTest, ClickTotalsAreOneRowFromTheStart) {
  const auto db = of_version(migrations().size());
  EXPECT_EQ(number(*db, "SELECT lists + shown + clicked FROM click_totals"), 0);
  EXPECT_FALSE(db->execute("INSERT INTO click_totals VALUES(2, 0, 0, 0)").ok());
}

TEST_F(SqliteSchemaTest, TheAuditLogCanOnlyBeAddedTo) {
  const auto db = of_version(migrations().size());
  execute(*db,
          "INSERT INTO audit_log(at, actor, role, action, target) VALUES(1, 'a', 'b', '', '')");
  EXPECT_FALSE(db->execute("UPDATE audit_log SET actor = 'nobody'").ok());
  EXPECT_FALSE(db->execute("DELETE FROM audit_log").ok());
  EXPECT_EQ(column(*db, "SELECT actor FROM audit_log"), std::vector<std::string>{"a"});
}

TEST_F(SqliteSchemaTest, OnlyTheTwoPointersOfTheRegistryCanBeStored) {
  const auto db = of_version(migrations().size());
  EXPECT_TRUE(db->execute("INSERT INTO model_pointers VALUES('current', 'a')").ok());
  EXPECT_FALSE(db->execute("INSERT INTO model_pointers VALUES('next', 'a')").ok());
}

}  // namespace
}  // namespace marquee::embedded
