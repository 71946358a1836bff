// What one step of the fold leaves in the tables.
#include "adapters/embedded/sqlite/fold_writer.h"

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "adapters/embedded/sqlite/stores.h"
#include "base/rng.h"
#include "testing/fold_batch_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::FoldBatchBuilder;

class SqliteFoldWriterTest : public ::testing::Test {
 protected:
  FoldBatchBuilder step() const { return FoldBatchBuilder(stores_->profiles); }
  Result<void> apply(const FoldBatch& batch) { return stores_->profiles.apply(batch); }
  void applied(const FoldBatch& batch) {
    const auto outcome = apply(batch);
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().message);
  }
  std::int64_t count(std::string_view sql) const { return number(*beside_, sql); }

  testing::TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "marquee.db";
  MovieTable movies_;
  std::unique_ptr<SqliteStores> stores_ =
      SqliteStores::open(path_, movies_, SqliteDatabase::Mode::kReadWrite).value();
  std::unique_ptr<SqliteConnection> beside_ = connect(path_, true);
};

TEST_F(SqliteFoldWriterTest, AStepFromAnotherPlaceIsRefusedAndStoresNothing) {
  applied(step().build(5));
  FoldBatch stale = step().apply(EventBuilder("u", "m").id(1), 0, 5).build(6);
  stale.before.set_next(Offset::kEmbedded, 4);
  const auto outcome = apply(stale);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(outcome.error().message.find("another process folded"), std::string::npos);
  EXPECT_EQ(count("SELECT count(*) FROM interactions"), 0);
  EXPECT_EQ(count("SELECT next_offset FROM cursors"), 5);
}

TEST_F(SqliteFoldWriterTest, ACursorWithOnePartitionMoreIsAnotherPlace) {
  applied(step().build(5));
  FoldBatch other = step().build(6);
  other.before.set_next(3, 1);
  EXPECT_EQ(apply(other).error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(SqliteFoldWriterTest, KeepsTheCursorOfEveryPartition) {
  FoldBatch batch = step().build(7);
  for (const std::int32_t partition : {0, 3, 11}) {
    batch.after.set_next(partition, 100U + static_cast<std::uint64_t>(partition));
  }
  applied(batch);
  EXPECT_EQ(stores_->profiles.totals()->cursor, batch.after);
  applied(step().build(8));
  EXPECT_EQ(stores_->profiles.totals()->cursor.next(11), 111U);
}

TEST_F(SqliteFoldWriterTest, KeepsOffsetsBeyondTheSignedNumbersOfSqlite) {
  const std::uint64_t huge = UINT64_MAX - 1;
  FoldBatch batch = step().apply(EventBuilder("u", "m").id(1), 0, huge - 1).build(huge);
  batch.totals.applied = huge;
  applied(batch);
  const auto at = stores_->profiles.totals();
  EXPECT_EQ(at->cursor.next(Offset::kEmbedded), huge);
  EXPECT_EQ(at->totals.applied, huge);
  const auto page = stores_->profiles.history(UserId("u"), std::nullopt, 1);
  EXPECT_EQ(page->events.at(0).offset->sequence, huge - 1);
}

TEST_F(SqliteFoldWriterTest, AnEventThatIsThereAlreadyIsAConflictThatNamesIt) {
  applied(step().apply(EventBuilder("u1", "m").id(1), 0, 0).build(1));
  for (const std::uint64_t seq : {0U, 1U}) {  // the same place, or the same id at another
    const auto outcome =
        apply(step().apply(EventBuilder("u1", "m").id(seq == 0 ? 9 : 1), seq, 1).build(2));
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, ErrorCode::kConflict);
    EXPECT_NE(outcome.error().message.find("'u1'"), std::string::npos);
    EXPECT_NE(outcome.error().message.find(testing::test_event_id(seq == 0 ? 9 : 1).to_string()),
              std::string::npos);
  }
  EXPECT_EQ(count("SELECT next_offset FROM cursors"), 1);
}

TEST_F(SqliteFoldWriterTest, TheSameIdOfAnotherViewerIsAnotherEvent) {
  applied(step()
              .apply(EventBuilder("u1", "m").id(1), 0, 0)
              .apply(EventBuilder("u2", "m").id(1), 0, 1)
              .build(2));
  EXPECT_EQ(count("SELECT count(*) FROM interactions"), 2);
}

TEST_F(SqliteFoldWriterTest, ImportedHistoryHasNoPlaceInTheLog) {
  applied(step().apply(EventBuilder("u", "m").id(1), 0, std::nullopt).build(0));
  EXPECT_EQ(count("SELECT count(*) FROM interactions WHERE partition IS NULL AND sequence IS NULL"),
            1);
}

TEST_F(SqliteFoldWriterTest, AnUndoMarksTheEventAndTakesItsClickAwayOnce) {
  applied(step().apply(EventBuilder("u", "m").id(1).list("l"), 0, 0).build(1));
  EXPECT_EQ(count("SELECT standing FROM list_clicks"), 1);
  applied(step().undone("u", 0).build(2));
  EXPECT_EQ(count("SELECT undone FROM interactions"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM list_clicks"), 0);
  applied(step().apply(EventBuilder("u", "m").id(2).list("l"), 1, 2).build(3));
  applied(step().undone("u", 0).build(4));
  EXPECT_EQ(count("SELECT standing FROM list_clicks"), 1) << "it was undone already";
}

TEST_F(SqliteFoldWriterTest, AnUndoOfWhatIsNotThereChangesNothing) {
  applied(step().apply(EventBuilder("u", "m").id(1), 0, 0).build(1));
  applied(step().undone("u", 99).undone("nobody", 0).build(2));
  EXPECT_EQ(count("SELECT sum(undone) FROM interactions"), 0);
}

TEST_F(SqliteFoldWriterTest, AnEventUndoneInItsOwnStepNeverCountsAsAClick) {
  AppliedEvent undone = EventBuilder("u", "m").id(1).list("l").applied(0, 0);
  undone.undone = true;
  applied(step().apply(undone).build(1));
  EXPECT_EQ(count("SELECT count(*) FROM list_clicks"), 0);
  EXPECT_EQ(count("SELECT undone FROM interactions"), 1);
}

TEST_F(SqliteFoldWriterTest, ACountThatComesToNothingLeavesNoRow) {
  applied(step().count(movies_, "m", 5, 2).count(movies_, "n", 5, 1).build(1));
  applied(step().count(movies_, "m", 5, -1).count(movies_, "m", 5, -1).build(2));
  EXPECT_EQ(column(*beside_, "SELECT movie_id FROM movie_counts"), std::vector<std::string>{"n"});
  applied(step().count(movies_, "o", 5, 1).count(movies_, "o", 5, -1).build(3));
  EXPECT_EQ(count("SELECT count(*) FROM movie_counts"), 1) << "nor does one that cancels out";
}

RC_GTEST_FIXTURE_PROP(SqliteFoldWriterTest, CountsAddUpAsInAMap, (std::uint64_t seed)) {
  Rng rng(seed);
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> wanted;
  for (std::uint64_t at = 1; at <= 4; ++at) {
    FoldBatchBuilder builder = step();
    for (std::uint64_t i = rng.below(12); i > 0; --i) {
      const std::string movie = "m" + std::to_string(rng.below(3));
      const auto day = static_cast<std::int32_t>(rng.below(3)) - 1;
      const auto delta = static_cast<std::int32_t>(rng.below(5)) - 2;
      builder.count(movies_, movie, day, delta);
      wanted[{movie, day}] += delta;
    }
    RC_ASSERT(apply(builder.build(at)).ok());
  }
  std::erase_if(wanted, [](const auto& entry) { return entry.second == 0; });
  std::vector<std::string> rows;
  for (const auto& [key, sum] : wanted) {
    rows.push_back(key.first + "/" + std::to_string(key.second) + "/" + std::to_string(sum));
  }
  RC_ASSERT(column(*beside_,
                   "SELECT movie_id || '/' || day || '/' || count FROM movie_counts "
                   "ORDER BY movie_id, day") == rows);
}

TEST_F(SqliteFoldWriterTest, AProfileReplacesTheOneBeforeWithVersionOffsetAndTime) {
  UserProfile profile;
  profile.version = 1;
  applied(step().profile("u", profile).build(1));
  EXPECT_EQ(column(*beside_, "SELECT last_offset FROM user_profiles"),
            std::vector<std::string>{"-"});
  profile.version = 2;
  profile.last_offset = Offset{Offset::kEmbedded, 1};
  const AppliedEvent event = EventBuilder("u", "m").id(1).at(1'000).applied(0, 1);
  applied(step().apply(event).profile("u", profile).build(2));
  EXPECT_EQ(column(*beside_, "SELECT last_offset FROM user_profiles"),
            std::vector<std::string>{"e:1"});
  EXPECT_EQ(count("SELECT version FROM user_profiles"), 2);
  EXPECT_EQ(count("SELECT updated_at FROM user_profiles"), event.applied_at_ms);
}

TEST_F(SqliteFoldWriterTest, EncodesProfilesInTheOrderOfTheStep) {
  UserProfile first, second;
  first.version = 1;
  second.version = 2;
  const FoldBatch batch = step().profile("b", first).profile("a", second).build(1);
  const auto blobs = encode_profiles(batch, movies_);
  ASSERT_EQ(blobs.size(), 2U);
  EXPECT_EQ(encode_profiles(step().profile("x", first).build(1), movies_).at(0), blobs[0]);
  EXPECT_EQ(encode_profiles(step().profile("x", second).build(1), movies_).at(0), blobs[1]);
}

TEST_F(SqliteFoldWriterTest, ADeadLetterKeepsTheWholeEventAndWhy) {
  const EventBuilder poison =
      EventBuilder("u", "m", EventType::kRating).id(1).value(4.5).list("l", 3).session("s");
  applied(step().dead_letter(poison, 0, "it's \"bad\"").build(1));
  const auto letters = stores_->profiles.dead_letters(10);
  ASSERT_EQ(letters->size(), 1U);
  EXPECT_EQ(letters->front().event, poison.build());
  EXPECT_EQ(letters->front().reason, "it's \"bad\"");
  EXPECT_EQ(letters->front().fingerprint, poison.fingerprint());
}

TEST_F(SqliteFoldWriterTest, TotalsAreThoseOfTheLastStep) {
  FoldBatch batch = step().build(1);
  batch.totals = FoldTotals{10, 2, 1, 300};
  applied(batch);
  batch = step().build(2);
  batch.totals = FoldTotals{11, 2, 1, 300};
  applied(batch);
  EXPECT_EQ(stores_->profiles.totals()->totals, (FoldTotals{11, 2, 1, 300}));
  EXPECT_EQ(count("SELECT count(*) FROM fold_totals"), 1);
}

}  // namespace
}  // namespace marquee::embedded
