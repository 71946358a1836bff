// Goal: runs survive the process, and a race for the lease or for a run has one winner.

#include "adapters/embedded/sqlite/run_store.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/stores.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

constexpr std::int64_t kTtl = 1'000;
constexpr std::int64_t kNow = 1'000'000;

class SqliteRunStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteStores> open() {
    return SqliteStores::open(directory_.path() / "marquee.db", movies_,
                              SqliteDatabase::Mode::kReadWrite)
        .value();
  }
  static marquee::Run a_run(const std::string& id) {
    marquee::Run run;
    run.id = id;
    run.pipeline = "batch";
    run.logical_date = "2026-11-24";
    run.created_at_ms = kNow;
    return run;
  }
  static Result<void> sql(SqliteStores& stores, std::string_view text) {
    return stores.database->write(SqliteDatabase::Sync::kFull,
                                  [&](SqliteConnection& writer) -> Result<void> {
                                    MARQUEE_TRY(auto query, writer.prepare(text));
                                    return query.run();
                                  });
  }
  static StageAttempt a_stage() {
    StageAttempt attempt;
    attempt.stage = "train";
    return attempt;
  }
  /// Runs `race(number)` in four threads at once; how many returned true.
  template <typename Race>
  static int winners(const Race& race) {
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
      threads.emplace_back([&, number] { won += race(number) ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    return won;
  }

  testing::TemporaryDirectory directory_;
  MovieTable movies_;
};

TEST_F(SqliteRunStoreTest, RemembersEverythingWhenItIsOpenedAgain) {
  {
    const auto stores = open();
    ASSERT_TRUE(stores->runs.acquire("a", kTtl, kNow)->has_value());
    ASSERT_TRUE(stores->runs.create(1, a_run("r1")).ok());
    ASSERT_TRUE(stores->runs.put_stage(1, "r1", a_stage()).ok());
    const std::vector<RunLogLine> lines{{0, "train", 1, kNow, "epoch 1"}};
    ASSERT_TRUE(stores->runs.append_log(1, "r1", lines).ok());
    ASSERT_TRUE(stores->runs.set_dealt_until(1, "batch", 77).ok());
  }
  const auto stores = open();
  EXPECT_EQ(**stores->runs.find("r1"), a_run("r1"));
  EXPECT_EQ(stores->runs.stages("r1")->size(), 1U);
  EXPECT_EQ(stores->runs.log("r1", std::nullopt, 0, 9)->front().text, "epoch 1");
  EXPECT_EQ(**stores->runs.dealt_until("batch"), 77);
  EXPECT_EQ((*stores->runs.lease())->token, 1U);
  EXPECT_EQ((*stores->runs.acquire("b", kTtl, kNow + kTtl))->token, 2U) << "tokens never restart";
}

TEST_F(SqliteRunStoreTest, GivesTheLeaseToOneOfManyThatAskAtOnce) {
  const auto stores = open();
  for (std::int64_t turn = 0; turn < 20; ++turn) {
    EXPECT_EQ(winners([&](int number) {
                return stores->runs.acquire(std::to_string(number), kTtl, kNow + turn * kTtl)
                    ->has_value();
              }),
              1);
  }
  EXPECT_EQ((*stores->runs.lease())->token, 20U);
}

TEST_F(SqliteRunStoreTest, StartsOneOfManyRunsThatAreQueuedAtOnce) {
  const auto stores = open();
  ASSERT_TRUE(stores->runs.acquire("a", kTtl, kNow)->has_value());
  EXPECT_EQ(winners([&](int number) {
              return stores->runs.create(1, a_run("r" + std::to_string(number))).ok();
            }),
            1);
}

TEST_F(SqliteRunStoreTest, HasASecondActiveRunRefusedByTheDatabaseItself) {
  const auto stores = open();
  ASSERT_TRUE(stores->runs.acquire("a", kTtl, kNow)->has_value());
  ASSERT_TRUE(stores->runs.create(1, a_run("r1")).ok());
  EXPECT_FALSE(sql(*stores,
                   "INSERT INTO runs SELECT NULL, 'r2', pipeline, logical_date, run_trigger, "
                   "status, params, cancel_requested, round, detail, created_at, due_at, "
                   "started_at, ended_at FROM runs")
                   .ok());
}

TEST_F(SqliteRunStoreTest, TellsOfWordsThatNobodyWrote) {
  const auto stores = open();
  ASSERT_TRUE(stores->runs.acquire("a", kTtl, kNow)->has_value());
  ASSERT_TRUE(stores->runs.create(1, a_run("r1")).ok());
  ASSERT_TRUE(stores->runs.put_stage(1, "r1", a_stage()).ok());
  ASSERT_TRUE(sql(*stores, "UPDATE run_stages SET status = 'gone'").ok());
  EXPECT_EQ(stores->runs.stages("r1").error().code, ErrorCode::kDataLoss);
  ASSERT_TRUE(sql(*stores, "UPDATE runs SET run_trigger = 'fate'").ok());
  EXPECT_EQ(stores->runs.find("r1").error().code, ErrorCode::kDataLoss);
  ASSERT_TRUE(sql(*stores, "UPDATE runs SET run_trigger = 'manual', status = 'done'").ok());
  EXPECT_EQ(stores->runs.list(std::nullopt, std::nullopt, 9).error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace marquee::embedded
