// PostgreSQL on a bad day: killed, stopped, away, full, slow. Nothing acknowledged is lost, and
// nobody waits for long.
#include <atomic>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/postgres/profile_store.h"
#include "adapters/postgres/run_store.h"
#include "platform/own_postgres.h"
#include "platform/postgres_for_test.h"
#include "testing/event_builder.h"

namespace marquee::testing {
namespace {

using postgres::PostgresDatabase;
using postgres::PostgresProfileStore;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

const SystemClock kClock;

/// The step that folds event number `next` of one viewer.
FoldBatch step_at(std::uint64_t next) {
  FoldBatch step;
  step.before.set_next(0, next);
  step.after.set_next(0, next + 1);
  auto applied = EventBuilder("u1", "m1").at(static_cast<std::int64_t>(next)).applied(next, 0);
  applied.offset = Offset{0, next};
  step.applied.push_back(applied);
  step.totals.applied = next + 1;
  return step;
}

std::unique_ptr<PostgresDatabase> opened(const postgres::PostgresOptions& options) {
  auto database = PostgresDatabase::open(options, PostgresDatabase::Mode::kMigrate, kClock);
  EXPECT_TRUE(database.ok()) << database.error().message;
  return database.ok() ? *std::move(database) : nullptr;
}

class PostgresOutage : public ::testing::Test {
 protected:
  static constexpr const char* kImpatient =
      "connect_timeout_ms=500&read_timeout_ms=200&write_timeout_ms=1000&pool_size=4";

  /// Tries until it works; false after a minute.
  template <typename Call>
  static bool works_again(const Call& call) {
    const auto until = Clock::now() + seconds(60);
    while (Clock::now() < until) {
      if (call()) return true;
      std::this_thread::sleep_for(milliseconds(50));
    }
    return false;
  }

  OwnPostgres server_;
};

TEST_F(PostgresOutage, LosesNothingAcknowledgedWhenTheServerIsKilled) {
  const auto database = opened(server_.options(kImpatient));
  ASSERT_NE(database, nullptr);
  MovieTable movies;
  PostgresProfileStore store(*database, movies);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 3; ++round) {
    std::jthread killing([&] {
      std::this_thread::sleep_for(milliseconds(300));
      server_.kill();
    });
    for (;;) {  // until it is away
      const auto stored = store.apply(step_at(acknowledged));
      if (!stored.ok()) {
        EXPECT_NE(stored.error().code, ErrorCode::kInternal) << stored.error().message;
        break;
      }
      ++acknowledged;
    }
    killing.join();
    server_.start();
    ASSERT_TRUE(works_again([&] { return store.totals().ok(); }));
    const auto stored = *store.totals();
    const std::uint64_t next = stored.cursor.next(0);
    EXPECT_GE(next, acknowledged);
    EXPECT_LE(next, acknowledged + 1) << "one whose answer was lost may be there";
    EXPECT_EQ(stored.totals.applied, next);
    EXPECT_EQ(store.history(UserId("u1"), std::nullopt, 1'000'000)->events.size(), next);
    acknowledged = next;
  }
  EXPECT_GT(acknowledged, 0U);
}

TEST_F(PostgresOutage, HoldsNobodyWhileTheServerStandsStill) {
  auto options = server_.options(kImpatient);
  options.breaker.failures_to_open = 3;
  const auto database = opened(options);
  ASSERT_NE(database, nullptr);
  MovieTable movies;
  PostgresProfileStore store(*database, movies);
  ASSERT_TRUE(store.find_profile(UserId("u1")).ok());
  server_.pause();
  for (int i = 0; i < 6; ++i) {
    const auto begun = Clock::now();
    const auto found = store.find_profile(UserId("u1"));
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, ErrorCode::kUnavailable) << found.error().message;
    EXPECT_LT(Clock::now() - begun, seconds(10));
  }
  EXPECT_FALSE(database->health().ok());
  const auto begun = Clock::now();
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(store.apply(step_at(0)).ok());
  EXPECT_LT(Clock::now() - begun, seconds(20)) << "200 answers at once, but for a few probes";
  server_.resume();
  EXPECT_TRUE(works_again([&] { return store.find_profile(UserId("u1")).ok(); }));
  EXPECT_TRUE(database->health().ok());
}

TEST_F(PostgresOutage, ARequestNeitherConnectsNorProbes) {
  auto options = server_.options("connect_timeout_ms=20000&read_timeout_ms=50&pool_size=4");
  options.breaker.failures_to_open = 3;
  const auto database = opened(options);
  ASSERT_NE(database, nullptr);
  ASSERT_TRUE(works_again([&] { return database->query_now({"SELECT 1"}).ok(); }));
  server_.pause();
  const auto begun = Clock::now();
  for (int i = 0; i < 1'000; ++i) {
    const auto found = database->query_now({"SELECT 1"});
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, ErrorCode::kUnavailable) << found.error().message;
  }
  EXPECT_LT(Clock::now() - begun, seconds(15)) << "one attempt to connect would take longer";
  server_.resume();
  EXPECT_TRUE(works_again([&] { return database->query_now({"SELECT 1"}).ok(); }))
      << "the thread in the background connects";
  EXPECT_TRUE(database->health().ok());
}

TEST_F(PostgresOutage, CountsWhatItsPoolHasOpenInUseAndRefused) {
  auto options = server_.options("pool_size=1");
  options.pool_wait = milliseconds(10);
  const auto database = opened(options);
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(database->counts().open, 1U);
  EXPECT_EQ(database->counts().in_use, 0U);
  const auto written = database->write([&](postgres::PostgresTransaction&) -> Result<void> {
    EXPECT_EQ(database->counts().in_use, 1U);
    EXPECT_FALSE(database->query_now({"SELECT 1"}).ok()) << "the only one is taken";
    EXPECT_FALSE(database->query({"SELECT 1"}).ok());
    return {};
  });
  EXPECT_TRUE(written.ok());
  const auto counts = database->counts();
  EXPECT_EQ(counts.size, 1U);
  EXPECT_EQ(counts.in_use, 0U);
  EXPECT_EQ(counts.waiting, 0U);
  EXPECT_EQ(counts.none_free, 2U);
  EXPECT_EQ(counts.left_alone, 0U);
}

TEST_F(PostgresOutage, LeavesNothingClaimedAfterAClaimThatFailed) {
  const auto database = opened(server_.options(kImpatient));
  ASSERT_NE(database, nullptr);
  MovieTable movies;
  PostgresProfileStore store(*database, movies);
  const std::vector<std::int32_t> zero{0};
  ASSERT_TRUE(store.claim(zero).ok());
  ASSERT_TRUE(store.apply(step_at(0)).ok());
  server_.pause();
  EXPECT_FALSE(store.claim(zero).ok());
  server_.resume();
  EXPECT_TRUE(works_again([&] { return store.totals().ok(); }));
  EXPECT_EQ(store.apply(step_at(1)).error().code, ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(works_again([&] { return store.claim(zero).ok(); }));
  EXPECT_TRUE(store.apply(step_at(1)).ok());
}

class PostgresFault : public ::testing::Test, public PostgresHarness {};

TEST_F(PostgresFault, SaysWhenNobodyListens) {
  auto options = schema().options();
  for (auto& [keyword, value] : options.connection) {
    if (keyword == "port") value = "1";
  }
  const auto refused = PostgresDatabase::open(options, PostgresDatabase::Mode::kUse, kClock);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("127.0.0.1:1"), std::string::npos);
}

TEST_F(PostgresFault, SaysThatThePasswordIsWrongAndDoesNotRepeatIt) {
  auto options = schema().options();
  for (auto& [keyword, value] : options.connection) {
    if (keyword == "password") value = "wr0ng-s3cret";
  }
  const auto refused = PostgresDatabase::open(options, PostgresDatabase::Mode::kUse, kClock);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("wr0ng-s3cret"), std::string::npos);
}

TEST_F(PostgresFault, ReplacesConnectionsThatTheServerEndedUnnoticed) {
  auto options = schema().options();
  const std::string name = "marquee-" + options.schema;
  options.connection.emplace_back("application_name", name);
  const auto ended = opened(options);
  ASSERT_NE(ended, nullptr);
  ASSERT_TRUE(ended->query({"SELECT 1"}).ok());
  ASSERT_TRUE(database()
                  .query({"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                          "WHERE application_name = $1",
                          postgres::Parameters().add(name)},
                         options.write_timeout)
                  .ok());
  const auto answer = ended->query({"SELECT 1"});
  EXPECT_TRUE(answer.ok()) << answer.error().message;
}

TEST_F(PostgresFault, EndsAStatementThatTakesTooLongAndKeepsTheConnection) {
  const auto begun = Clock::now();
  const auto slow = database().query({"SELECT pg_sleep(60)"}, milliseconds(200));
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::kUnavailable) << slow.error().message;
  EXPECT_LT(Clock::now() - begun, seconds(30));
  EXPECT_TRUE(database().query({"SELECT 1"}).ok());
}

TEST_F(PostgresFault, BoundsThePoolAndTheWaitForIt) {
  auto options = schema().options();
  options.pool_size = 1;
  options.pool_wait = milliseconds(5);
  const auto small = opened(options);
  ASSERT_NE(small, nullptr);
  ASSERT_TRUE(small
                  ->write([&](postgres::PostgresTransaction&) -> Result<void> {
                    const auto refused = small->query({"SELECT 1"});
                    EXPECT_FALSE(refused.ok());
                    if (refused.ok()) return {};
                    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
                    EXPECT_NE(refused.error().message.find("taken"), std::string::npos);
                    return {};
                  })
                  .ok());
  EXPECT_TRUE(small->query({"SELECT 1"}).ok()) << "it came back";
}

TEST_F(PostgresFault, RollsBackWhatItsBodyGivesUp) {
  const auto outcome = database().write([](postgres::PostgresTransaction& t) -> Result<void> {
    MARQUEE_CHECK(t.execute("INSERT INTO meta VALUES('a', 'b')"));
    return Error{ErrorCode::kRefused, "no"};
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kRefused);
  const auto rows = database().query({"SELECT count(*) FROM meta"});
  EXPECT_EQ(rows->i64(0, 0), 0);
}

TEST_F(PostgresFault, FencesAMemberThatPausedInsideOfItsStep) {
  auto options = schema().options();
  options.write_timeout = milliseconds(500);
  const auto pausing = opened(options);
  ASSERT_NE(pausing, nullptr);
  MovieTable movies;
  PostgresProfileStore successor(database(), movies);
  ASSERT_TRUE(successor.claim(std::vector<std::int32_t>{0}).ok());
  Result<std::vector<PartitionPosition>> taken = std::vector<PartitionPosition>{};
  const auto outcome = pausing->write([&](postgres::PostgresTransaction& t) -> Result<void> {
    MARQUEE_CHECK(
        t.execute("UPDATE cursors SET next_offset = 7"));  // has the row, and stands still
    taken = successor.claim(std::vector<std::int32_t>{0});
    return {};
  });
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  EXPECT_EQ(taken->front().next, 0U);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << outcome.error().message;
}

TEST_F(PostgresFault, FencesASchedulerThatWasTakenOver) {
  const auto other_database = schema().open();
  postgres::PostgresRunStore paused(database());
  postgres::PostgresRunStore successor(*other_database);
  const auto old = paused.acquire("a", 1'000, 1'000'000).value().value().token;
  marquee::Run run;  // Run alone is a member of ::testing::Test
  run.id = "r1";
  run.pipeline = "batch";
  run.logical_date = "2026-11-24";
  ASSERT_TRUE(paused.create(old, run).ok());
  const auto token = successor.acquire("b", 1'000, 1'002'000).value().value().token;
  EXPECT_EQ(token, old + 1);
  run.status = RunStatus::kSucceeded;
  EXPECT_EQ(paused.update(old, run).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ((*successor.find("r1"))->status, RunStatus::kQueued);
  EXPECT_TRUE(successor.update(token, run).ok());
}

TEST_F(PostgresFault, GivesTheLeaseToOneOfManyWhoAskAtOnce) {
  std::atomic<int> holders = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        postgres::PostgresRunStore store(database());
        const auto lease = store.acquire(fmt::format("s{}", i), 60'000, 1'000'000);
        ASSERT_TRUE(lease.ok()) << lease.error().message;
        if (*lease) ++holders;
      });
    }
  }
  EXPECT_EQ(holders, 1);
}

}  // namespace
}  // namespace marquee::testing
