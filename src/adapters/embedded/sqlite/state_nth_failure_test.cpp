// Fails the first, the second, the third … disk operation of the same run of the stores until one
// goes through: each failure is an error that says what and where, nothing is half stored, and the
// run can be brought to its end.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "adapters/embedded/sqlite/fold_reference_for_test.h"
#include "adapters/embedded/sqlite/simulated_stores_for_test.h"

namespace marquee::embedded {
namespace {

constexpr std::uint64_t kEvents = 60;

/// A run of the program that wants the first kEvents events folded and one film stored, on a disk
/// of which one operation fails.
class StubbornRun {
 public:
  StubbornRun(std::uint64_t operation, ErrorCode code, std::uint64_t seed)
      : disk_(seed), code_(code) {
    seed_sqlite(operation);
    disk_.fail_operation(operation, Error{code, "planted"});
  }

  /// Starts the program until the run is through. What each start found must be whole.
  void execute() {
    for (int starts = 0; starts < 5 && !done_; ++starts) {
      auto stores = open();
      if (!stores.ok()) {
        see(stores.error());
        continue;
      }
      compare(**stores);
      if (::testing::Test::HasFailure()) return;
      work(**stores);
      if (done_) vfs_.kill();  // no orderly end: the power is about to fail
      stores->reset();
      vfs_.start_again();
    }
    EXPECT_TRUE(done_) << "one failure must not keep a run from its end";
  }

  /// The power fails at the end.
  void cut_power_and_compare() {
    disk_.power_on();
    auto stores = open();
    ASSERT_TRUE(stores.ok()) << stores.error().message;
    compare(**stores);
  }

  bool failed() const { return failures_ > 0; }
  std::uint64_t operations() const { return disk_.operations(); }

 private:
  Result<std::unique_ptr<SqliteStores>> open() { return open_simulated(vfs_, disk_, movies_); }

  void work(SqliteStores& stores) {
    while (state_.next < kEvents) {
      if (!store_film(stores)) return;
      FoldReference after = state_;
      const FoldBatch step = stream_.step(after, std::min(kEvents - state_.next, kStep), movies_);
      auto stored = stores.profiles.apply(step);
      if (!stored.ok()) {
        see(stored.error());
        if (!stores.database->health().ok()) return;  // only a start can tell what is stored
        EXPECT_EQ(difference(stores, movies_, state_), "") << "after a step that failed";
        stored = stores.profiles.apply(step);
      }
      ASSERT_TRUE(stored.ok()) << "trying again: " << stored.error().message;
      state_ = std::move(after);
    }
    done_ = true;
  }

  bool store_film(SqliteStores& stores) {
    const Movie movie = testing::test_movie("film", std::to_string(state_.next));
    auto stored = stores.catalog.upsert({&movie, 1});
    if (!stored.ok()) {
      see(stored.error());
      if (!stores.database->health().ok()) return false;
      stored = stores.catalog.upsert({&movie, 1});
    }
    EXPECT_TRUE(stored.ok()) << "trying again: " << stored.error().message;
    if (stored.ok()) film_ = safe_ = state_.next;
    return stored.ok();
  }

  /// What is stored is the state of its cursor, which stands no further back than the last truth,
  /// and no further on than the step that failed.
  void compare(SqliteStores& stores) {
    EXPECT_EQ(texts(*stores.database, "PRAGMA journal_mode"), std::vector<std::string>{"wal"});
    const auto at = stores.profiles.totals();
    ASSERT_TRUE(at.ok()) << at.error().message;
    const std::uint64_t next = at->cursor.next(Offset::kEmbedded);
    EXPECT_GE(next, safe_);
    EXPECT_LE(next, state_.next + kStep);
    state_ = stream_.after(next, movies_);
    EXPECT_EQ(difference(stores, movies_, state_), "");
    const auto films = stores.catalog.load();
    ASSERT_TRUE(films.ok()) << films.error().message;
    const std::uint64_t film = films->empty() ? 0 : std::stoull(films->front().title);
    EXPECT_GE(film, film_);
    safe_ = next;
  }

  void see(const Error& error) {
    ++failures_;
    EXPECT_NE(error.message.find("data"), std::string::npos) << "names no file: " << error.message;
    EXPECT_TRUE(error.code == code_ || error.code == ErrorCode::kUnavailable) << error.message;
  }

  static constexpr std::uint64_t kStep = 7;
  SimulatedDisk disk_;
  SimulatedVfs vfs_{disk_};
  const ErrorCode code_;
  FoldStream stream_{7};
  MovieTable movies_;
  FoldReference state_;
  std::uint64_t safe_ = 0;
  std::uint64_t film_ = 0;
  int failures_ = 0;
  bool done_ = false;
};

TEST(StateNthFailure, AFailureOfAnyOneOperationLeavesAWholeStateThatGoesOn) {
  for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kResourceExhausted}) {
    std::uint64_t operation = 1;
    std::uint64_t seen = 0;  // SQLite forgives some, such as a checkpoint that is tried again
    for (bool met = true; met; ++operation) {
      SCOPED_TRACE(::testing::Message() << "operation " << operation);
      StubbornRun run(operation, code, operation);
      run.execute();
      met = operation <= run.operations();
      seen += run.failed() ? 1 : 0;
      run.cut_power_and_compare();
      if (HasFailure()) return;
    }
    EXPECT_GT(seen, 300U);
    EXPECT_GT(operation, 400U) << "else nothing was tested";
  }
}

/// SQLite takes no notice of a directory that cannot be synced; a truth in a file whose name the
/// power takes away would be lost.
TEST(StateNthFailure, ATruthAcknowledgedByAStartThatHadAFailureSurvivesThePowerCut) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    bool met = true;
    for (std::uint64_t operation = 1; met; ++operation) {
      SimulatedDisk disk(seed);
      SimulatedVfs vfs(disk);
      const auto options = simulated(vfs, disk);
      const auto open = [&] {
        return SqliteDatabase::open("data/marquee.db", SqliteDatabase::Mode::kReadWrite, options);
      };
      disk.fail_operation(operation, Error{ErrorCode::kUnavailable, "planted"});
      auto database = open();
      const Movie film = testing::test_movie("film");
      const bool stored = database.ok() && SqliteCatalogStore(**database).upsert({&film, 1}).ok();
      met = operation <= disk.operations();
      vfs.kill();
      if (database.ok()) database->reset();
      vfs.start_again();
      disk.power_on();
      const auto after = open();
      ASSERT_TRUE(after.ok()) << operation << ": " << after.error().message;
      const auto films = texts(**after, "SELECT count(*) FROM movies");
      EXPECT_TRUE(!stored || films == std::vector<std::string>{"1"}) << seed << ", " << operation;
    }
  }
}

}  // namespace
}  // namespace marquee::embedded
