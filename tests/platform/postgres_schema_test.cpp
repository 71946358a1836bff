// Migrations on the real server: safe twice, by several processes at once, and never half.
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/postgres/catalog_store.h"
#include "adapters/postgres/schema.h"
#include "platform/postgres_for_test.h"
#include "testing/event_builder.h"

namespace marquee::testing {
namespace {

using postgres::Migration;
using postgres::PostgresConnection;
using postgres::PostgresDatabase;

class PostgresMigrations : public ::testing::Test {
 protected:
  const postgres::PostgresOptions& options() const { return schema_.options(); }
  std::unique_ptr<PostgresConnection> connect() { return *PostgresConnection::open(options()); }
  /// The one number that a query gives.
  std::int64_t number(const std::string& sql) {
    const auto rows = connect()->run({sql, {}}, options().write_timeout);
    EXPECT_TRUE(rows.ok()) << rows.error().message;
    return rows.ok() && !rows->empty() ? rows->i64(0, 0) : -1;
  }

  PostgresSchema schema_;
};

TEST_F(PostgresMigrations, AreAppliedOnceHoweverOftenTheyRun) {
  for (int i = 0; i < 3; ++i) {
    const auto outcome = postgres::migrate(*connect(), options(), postgres::migrations());
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  }
  EXPECT_EQ(number("SELECT count(*) FROM schema_migrations"),
            static_cast<std::int64_t>(postgres::migrations().size()));
  EXPECT_TRUE(postgres::check_schema(*connect(), options(), postgres::migrations()).ok());
}

TEST_F(PostgresMigrations, AreAppliedOnceBySeveralProcessesAtOnce) {
  std::vector<pid_t> processes;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto connection = PostgresConnection::open(options());
      const bool done = connection.ok() &&
                        postgres::migrate(**connection, options(), postgres::migrations()).ok();
      ::_exit(done ? 0 : 1);
    }
    processes.push_back(child);
  }
  for (const pid_t process : processes) {
    int status = -1;
    ASSERT_EQ(::waitpid(process, &status, 0), process);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(number("SELECT count(*) FROM schema_migrations"),
            static_cast<std::int64_t>(postgres::migrations().size()));
}

TEST_F(PostgresMigrations, LeaveNothingOfAStepThatFails) {
  const std::array broken{Migration{1, "a", "CREATE TABLE a(x integer);"},
                          Migration{2, "b", "CREATE TABLE b(x integer); SELECT 1 / 0;"}};
  const auto outcome = postgres::migrate(*connect(), options(), broken);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("migration 2 (b)"), std::string::npos);
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() "
                   "AND tablename = 'b'"),
            0);
  const std::array mended{broken[0], Migration{2, "b", "CREATE TABLE b(x integer);"}};
  EXPECT_TRUE(postgres::migrate(*connect(), options(), mended).ok());
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), 2);
}

TEST_F(PostgresMigrations, RefuseASchemaThatANewerProgramWrote) {
  ASSERT_TRUE(postgres::migrate(*connect(), options(), postgres::migrations()).ok());
  ASSERT_TRUE(connect()
                  ->execute("INSERT INTO schema_migrations VALUES(99, 'of tomorrow')",
                            options().write_timeout)
                  .ok());
  static const SystemClock kClock;
  for (const auto mode : {PostgresDatabase::Mode::kMigrate, PostgresDatabase::Mode::kUse}) {
    const auto refused = PostgresDatabase::open(options(), mode, kClock);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_NE(refused.error().message.find("has version 99"), std::string::npos)
        << refused.error().message;
  }
}

TEST_F(PostgresMigrations, AreAskedForWhereTheyMayNotRun) {
  static const SystemClock kClock;
  const auto refused = PostgresDatabase::open(options(), PostgresDatabase::Mode::kUse, kClock);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(refused.error().message.find("marquee migrate"), std::string::npos);
}

TEST_F(PostgresMigrations, SayWhichRightIsMissing) {
  const std::string role = options().schema + "_guest";
  ASSERT_TRUE(connect()
                  ->execute(fmt::format("CREATE ROLE {} LOGIN PASSWORD 'guest'", role),
                            options().write_timeout)
                  .ok());
  auto guest = options();
  for (auto& [keyword, value] : guest.connection) {
    if (keyword == "user") value = role;
    if (keyword == "password") value = "guest";
  }
  static const SystemClock kClock;
  const auto refused = PostgresDatabase::open(guest, PostgresDatabase::Mode::kMigrate, kClock);
  EXPECT_TRUE(connect()->execute("DROP ROLE " + role, options().write_timeout).ok());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(refused.error().message.find("grant"), std::string::npos) << refused.error().message;
}

class PostgresCatalog : public ::testing::Test, public PostgresHarness {
 protected:
  std::uint64_t revision() { return *catalog_.revision(); }

  postgres::PostgresCatalogStore catalog_{database()};
};

TEST_F(PostgresCatalog, TellsAnotherProcessOfEveryChange) {
  std::uint64_t last = revision();
  const auto grew = [&] { return std::exchange(last, revision()) < last; };
  ASSERT_TRUE(catalog_.upsert(std::vector{test_movie("m1")}).ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(catalog_.hide(MovieId("m1")).ok());
  EXPECT_TRUE(grew());
  ASSERT_TRUE(catalog_.set_dataset("x").ok());
  EXPECT_TRUE(grew());
  EXPECT_FALSE(grew()) << "reading changes nothing";
  ASSERT_TRUE(
      database()
          .query({"UPDATE movies SET title = 'By Hand'"}, database().options().write_timeout)
          .ok());
  EXPECT_TRUE(grew()) << "a DBA's change is one, too";
}

TEST_F(PostgresCatalog, BelievesTheMetadataThatADbaWrote) {
  Movie movie = test_movie("m1");
  movie.metadata = R"({"b":1,"a":2})";
  ASSERT_TRUE(catalog_.upsert(std::vector{movie}).ok());
  EXPECT_EQ(catalog_.load()->front().metadata, movie.metadata) << "to the byte";
  ASSERT_TRUE(
      database()
          .query({R"(UPDATE movies SET metadata = '{"a":3}')"}, database().options().write_timeout)
          .ok());
  EXPECT_EQ(catalog_.load()->front().metadata, R"({"a": 3})");
}

TEST_F(PostgresCatalog, ImportsManyFilmsAndTakesTheLastOfTwo) {
  std::vector<Movie> movies;
  for (int i = 0; i < 20'000; ++i) movies.push_back(test_movie(fmt::format("m{:05}", i)));
  movies.push_back(test_movie("m00000", "Again"));
  ASSERT_TRUE(catalog_.upsert(movies).ok());
  const auto loaded = catalog_.load();
  ASSERT_EQ(loaded->size(), 20'000U);
  EXPECT_EQ(loaded->front().title, "Again");
  EXPECT_EQ(loaded->back(), movies[19'999]);
}

}  // namespace
}  // namespace marquee::testing
