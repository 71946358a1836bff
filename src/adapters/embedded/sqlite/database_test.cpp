#include "adapters/embedded/sqlite/database.h"

#include <array>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using Mode = SqliteDatabase::Mode;
using Sync = SqliteDatabase::Sync;
using marquee::testing::TemporaryDirectory;

constexpr std::array kPlain{
    Migration{1, "pairs", "CREATE TABLE pairs(k INTEGER PRIMARY KEY, v INTEGER) STRICT"}};
constexpr std::array kPlainAndMore{
    kPlain[0], Migration{2, "more", "CREATE TABLE more(k INTEGER PRIMARY KEY) STRICT"}};

class SqliteDatabaseTest : public ::testing::Test {
 protected:
  static SqliteDatabase::Options options(std::span<const Migration> schema = kPlain) {
    SqliteDatabase::Options options;
    options.schema = schema;
    return options;
  }
  Result<std::unique_ptr<SqliteDatabase>> open(Mode mode = Mode::kReadWrite,
                                               std::span<const Migration> schema = kPlain) {
    return SqliteDatabase::open(path_, mode, options(schema));
  }
  static Result<void> put(SqliteDatabase& database, std::int64_t k, std::int64_t v,
                          Sync sync = Sync::kNormal) {
    return database.write(sync, [&](SqliteConnection& writer) -> Result<void> {
      MARQUEE_TRY(auto upsert, writer.prepare("INSERT INTO pairs VALUES(?, ?) ON CONFLICT(k) "
                                              "DO UPDATE SET v = excluded.v"));
      return upsert.bind(k).bind(v).run();
    });
  }
  static std::int64_t number(const SqliteDatabase& database, std::string_view sql) {
    auto result = database.read([&](SqliteConnection& reader) -> Result<std::int64_t> {
      MARQUEE_TRY(auto query, reader.prepare(sql));
      MARQUEE_TRY(const bool row, query.step());
      return row ? query.i64(0) : -1;
    });
    EXPECT_TRUE(result.ok());
    return result.ok() ? *result : -1;
  }

  TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "marquee.db";
};

TEST_F(SqliteDatabaseTest, KeepsWhatWasCommittedAcrossOpens) {
  {
    auto database = open().value();
    ASSERT_TRUE(put(*database, 1, 11).ok());
    ASSERT_TRUE(put(*database, 2, 22, Sync::kFull).ok());
  }
  auto database = open().value();
  EXPECT_EQ(number(*database, "SELECT sum(v) FROM pairs"), 33);
}

TEST_F(SqliteDatabaseTest, RollsAFailedWriteBack) {
  auto database = open().value();
  const auto outcome = database->write(Sync::kFull, [](SqliteConnection& writer) -> Result<void> {
    MARQUEE_CHECK(writer.execute("INSERT INTO pairs VALUES(1, 1)"));
    return Error{ErrorCode::kConflict, "changed my mind"};
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kConflict);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM pairs"), 0);
  EXPECT_TRUE(put(*database, 1, 1).ok()) << "and goes on";
}

TEST_F(SqliteDatabaseTest, ShowsAReaderOneSnapshot) {
  auto database = open().value();
  ASSERT_TRUE(put(*database, 1, 1).ok());
  const auto outcome = database->read([&](SqliteConnection& reader) -> Result<void> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT v FROM pairs WHERE k = 1"));
    MARQUEE_TRY(const bool first, query.step());
    EXPECT_TRUE(first && query.i64(0) == 1);
    EXPECT_TRUE(put(*database, 1, 2).ok()) << "a writer does not wait for readers";
    query.rewind();
    MARQUEE_TRY(const bool second, query.step());
    EXPECT_TRUE(second && query.i64(0) == 1) << "nor do readers see it";
    return {};
  });
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(number(*database, "SELECT v FROM pairs WHERE k = 1"), 2);
}

TEST_F(SqliteDatabaseTest, ReadersCannotWrite) {
  auto database = open().value();
  const auto outcome = database->read(
      [](SqliteConnection& reader) { return reader.execute("INSERT INTO pairs VALUES(1, 1)"); });
  EXPECT_EQ(outcome.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(SqliteDatabaseTest, ReadsBesideALiveOwnerWithoutChangingAnything) {
  auto owner = open().value();
  ASSERT_TRUE(put(*owner, 1, 11).ok());
  auto beside = open(Mode::kReadOnly).value();
  EXPECT_EQ(number(*beside, "SELECT v FROM pairs WHERE k = 1"), 11);
  ASSERT_TRUE(put(*owner, 1, 12).ok());
  EXPECT_EQ(number(*beside, "SELECT v FROM pairs WHERE k = 1"), 12);
  EXPECT_EQ(put(*beside, 1, 13).error().code, ErrorCode::kFailedPrecondition);
  beside.reset();
  EXPECT_TRUE(std::filesystem::exists(path_.string() + "-wal"))
      << "a reader that closes must not checkpoint";
  EXPECT_TRUE(put(*owner, 2, 1).ok());
}

TEST_F(SqliteDatabaseTest, SaysThatThereIsNothingToRead) {
  const auto opened = open(Mode::kReadOnly);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteDatabaseTest, AppliesNewMigrationsOnceAndKeepsTheData) {
  {
    auto database = open().value();
    ASSERT_TRUE(put(*database, 1, 11).ok());
  }
  for (int i = 0; i < 2; ++i) {
    auto database = open(Mode::kReadWrite, kPlainAndMore);
    ASSERT_TRUE(database.ok()) << database.error().message;
    EXPECT_EQ(number(**database, "SELECT max(version) FROM schema_migrations"), 2);
    EXPECT_EQ(number(**database, "SELECT v FROM pairs"), 11);
  }
}

TEST_F(SqliteDatabaseTest, RefusesASchemaThatIsNewerOrTooOldToRead) {
  ASSERT_TRUE(open(Mode::kReadWrite, kPlainAndMore).ok());
  for (const Mode mode : {Mode::kReadWrite, Mode::kReadOnly}) {
    const auto older_program = open(mode, kPlain);
    ASSERT_FALSE(older_program.ok());
    EXPECT_EQ(older_program.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_NE(older_program.error().message.find("schema version 2"), std::string::npos);
  }
  std::filesystem::remove(path_);
  ASSERT_TRUE(open().ok());
  const auto newer_reader = open(Mode::kReadOnly, kPlainAndMore);
  EXPECT_EQ(newer_reader.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(newer_reader.error().message.find("marquee migrate"), std::string::npos);
}

TEST_F(SqliteDatabaseTest, LeavesNothingOfAMigrationThatFails) {
  constexpr std::array kBroken{kPlain[0], Migration{2, "broken",
                                                    "CREATE TABLE half(k INTEGER) STRICT;"
                                                    "CREATE TABLE pairs(k INTEGER) STRICT"}};
  const auto opened = open(Mode::kReadWrite, kBroken);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("migration 2 (broken)"), std::string::npos);
  auto database = open();
  ASSERT_TRUE(database.ok());
  EXPECT_EQ(number(**database, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
}

TEST_F(SqliteDatabaseTest, RefusesTheDatabaseOfAnotherProgram) {
  {
    auto other = SqliteConnection::open(path_, {}).value();
    ASSERT_TRUE(other->execute("CREATE TABLE theirs(x)").ok());
  }
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(SqliteDatabaseTest, ReportsAFileThatIsNoDatabaseAsDataLoss) {
  std::ofstream(path_) << std::string(8'192, 'x');
  for (const Mode mode : {Mode::kReadWrite, Mode::kReadOnly}) {
    const auto opened = open(mode);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(opened.error().message.find("marquee.db"), std::string::npos);
    EXPECT_NE(opened.error().message.find("restore"), std::string::npos);
  }
}

TEST_F(SqliteDatabaseTest, ReportsDamagedPagesAsDataLoss) {
  {
    auto database = open().value();
    for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(put(*database, i, i).ok());
    EXPECT_TRUE(database->check_integrity().ok());
  }
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file.tellp());
    for (std::int64_t page = 3; page * 4'096 < size; ++page) {
      file.seekp(page * 4'096);
      file << std::string(64, '\x5A');
    }
  }
  auto database = open();
  ASSERT_TRUE(database.ok()) << "the first pages are sound";
  EXPECT_EQ((*database)->check_integrity().error().code, ErrorCode::kDataLoss);
  const auto read = (*database)->read([](SqliteConnection& reader) -> Result<void> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT sum(v) FROM pairs"));
    return query.run();
  });
  EXPECT_EQ(read.error().code, ErrorCode::kDataLoss);
}

TEST_F(SqliteDatabaseTest, ReportsAFullDiskAndGoesOnWhenThereIsRoomAgain) {
  auto database = open().value();
  ASSERT_TRUE(put(*database, 1, 1).ok());
  const auto limit_pages = [&](const char* pragma) {
    return database->write(Sync::kNormal,
                           [&](SqliteConnection& writer) { return writer.execute(pragma); });
  };
  ASSERT_TRUE(limit_pages("PRAGMA max_page_count=1").ok());  // SQLite's own SQLITE_FULL
  const auto fill = [&] {
    return database->write(Sync::kNormal, [](SqliteConnection& writer) {
      return writer.execute(
          "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n "
          "WHERE i < 9999) INSERT INTO pairs SELECT i, i FROM n");
    });
  };
  EXPECT_EQ(fill().error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM pairs"), 1) << "nothing half stored";
  ASSERT_TRUE(limit_pages("PRAGMA max_page_count=1000000").ok());
  EXPECT_TRUE(fill().ok());
  EXPECT_TRUE(database->health().ok());
}

TEST_F(SqliteDatabaseTest, RecoversCommitsThatWereNeverCopiedBack) {
  const auto copy = directory_.path() / "after_the_kill.db";
  auto database = open().value();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(*database, i, i).ok());
  // What a kill -9 leaves: the file and its WAL, no clean close.
  std::filesystem::copy_file(path_, copy);
  std::filesystem::copy_file(path_.string() + "-wal", copy.string() + "-wal");
  auto recovered = SqliteDatabase::open(copy, Mode::kReadWrite, options());
  ASSERT_TRUE(recovered.ok());
  EXPECT_EQ(number(**recovered, "SELECT count(*) FROM pairs"), 100);
}

TEST_F(SqliteDatabaseTest, FallsBackToAWholeCommitWhenTheWalIsTorn) {
  auto database = open().value();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(database
                    ->write(Sync::kNormal,
                            [&](SqliteConnection& writer) -> Result<void> {
                              MARQUEE_TRY(auto add,
                                          writer.prepare("INSERT INTO pairs VALUES(?,?)"));
                              MARQUEE_CHECK(add.bind(std::int64_t{2 * i}).bind(1.0).run());
                              return add.bind(std::int64_t{2 * i + 1}).bind(1.0).run();
                            })
                    .ok());
  }
  const auto wal_bytes = std::filesystem::file_size(path_.string() + "-wal");
  for (std::uintmax_t cut = 0; cut <= wal_bytes; cut += 997) {
    const auto copy = directory_.path() / ("cut" + std::to_string(cut) + ".db");
    std::filesystem::copy_file(path_, copy);
    std::filesystem::copy_file(path_.string() + "-wal", copy.string() + "-wal");
    std::filesystem::resize_file(copy.string() + "-wal", cut);
    auto recovered = SqliteDatabase::open(copy, Mode::kReadWrite, options());
    ASSERT_TRUE(recovered.ok()) << recovered.error().message;
    EXPECT_EQ(number(**recovered, "SELECT count(*) % 2 FROM pairs"), 0) << "cut at " << cut;
    recovered->reset();
    std::filesystem::remove(copy);
  }
}

TEST_F(SqliteDatabaseTest, KeepsTheWalBounded) {
  auto small = options();
  small.checkpoint_pages = 50;
  auto database = SqliteDatabase::open(path_, Mode::kReadWrite, small).value();
  for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(put(*database, i, i).ok());
  EXPECT_LT(std::filesystem::file_size(path_.string() + "-wal"), 200U * 4'120U);
  ASSERT_TRUE(database->checkpoint().ok());
  EXPECT_EQ(std::filesystem::file_size(path_.string() + "-wal"), 0U);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM pairs"), 2'000);
}

TEST_F(SqliteDatabaseTest, CopiesWhatIsCommittedWhileTheOwnerWritesOn) {
  auto owner = open();
  ASSERT_TRUE(owner.ok());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    // Both rows change in one transaction: a copy between two would show them apart.
    for (std::int64_t i = 1; !stop && i < 5'000; ++i) {
      EXPECT_TRUE((*owner)
                      ->write(Sync::kNormal,
                              [&](SqliteConnection& connection) -> Result<void> {
                                MARQUEE_TRY(auto insert,
                                            connection.prepare("INSERT INTO pairs VALUES(?, 0)"));
                                MARQUEE_CHECK(insert.bind(2 * i).run());
                                MARQUEE_TRY(auto other,
                                            connection.prepare("INSERT INTO pairs VALUES(?, 0)"));
                                return other.bind(2 * i + 1).run();
                              })
                      .ok());
    }
  });
  const auto reader = open(Mode::kReadOnly);
  ASSERT_TRUE(reader.ok());
  for (int round = 0; round < 10; ++round) {
    const auto target = directory_.path() / ("copy-" + std::to_string(round) + ".db");
    const auto copied = (*reader)->copy_to(target);
    ASSERT_TRUE(copied.ok()) << copied.error().message;
    const auto copy = SqliteDatabase::open(target, Mode::kReadOnly, options());
    ASSERT_TRUE(copy.ok()) << copy.error().message;
    EXPECT_TRUE((*copy)->check_integrity().ok());
    EXPECT_EQ(number(**copy, "SELECT count(*) % 2 FROM pairs"), 0);
  }
  stop = true;
  writer.join();
}

TEST_F(SqliteDatabaseTest, ACopyReplacesNothingAndAFailedOneLeavesNothing) {
  auto owner = open();
  ASSERT_TRUE(owner.ok());
  ASSERT_TRUE(put(**owner, 1, 1).ok());
  const auto taken = directory_.path() / "taken";
  std::ofstream(taken) << "precious, and no database, but longer than empty";
  EXPECT_EQ((*owner)->copy_to(taken).error().code, ErrorCode::kConflict);
  EXPECT_EQ(std::filesystem::file_size(taken), 48U);
  const auto nowhere = directory_.path() / "none" / "copy.db";
  const auto failed = (*owner)->copy_to(nowhere);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find(nowhere.string()), std::string::npos)
      << failed.error().message;
  EXPECT_EQ(number(**owner, "SELECT v FROM pairs"), 1) << "the source goes on";
}

TEST_F(SqliteDatabaseTest, ACopyOfADamagedPageIsDataLossAndLeavesNoFile) {
  {
    auto owner = open();
    ASSERT_TRUE(owner.ok());
    for (std::int64_t k = 0; k < 2'000; ++k) ASSERT_TRUE(put(**owner, k, k).ok());
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3 * 4'096);
  file << std::string(4'096, '\x5a');
  file.close();
  const auto reader = open(Mode::kReadOnly);
  ASSERT_TRUE(reader.ok());
  const auto target = directory_.path() / "copy.db";
  const auto copied = (*reader)->copy_to(target);
  ASSERT_FALSE(copied.ok());
  EXPECT_EQ(copied.error().code, ErrorCode::kDataLoss) << copied.error().message;
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(SqliteDatabaseTest, ServesMoreThreadsThanReadersWhileOneWrites) {
  auto database = open().value();
  ASSERT_TRUE(put(*database, 0, 0).ok());
  ASSERT_TRUE(put(*database, 1, 0).ok());
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 6; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        if (number(*database, "SELECT max(v) - min(v) FROM pairs") != 0) ++torn;
      }
    });
  }
  for (int i = 1; i <= 300; ++i) {
    const auto outcome = database->write(Sync::kNormal, [&](SqliteConnection& w) -> Result<void> {
      MARQUEE_TRY(auto update, w.prepare("UPDATE pairs SET v = ? WHERE k = ?"));
      MARQUEE_CHECK(update.bind(std::int64_t{i}).bind(std::int64_t{0}).run());
      return update.bind(std::int64_t{i}).bind(std::int64_t{1}).run();
    });
    EXPECT_TRUE(outcome.ok());
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0) << "readers see whole transactions only";
}

}  // namespace
}  // namespace marquee::embedded
