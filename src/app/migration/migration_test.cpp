// Goal: a migrated directory holds all of the old one, says so by its hash, and goes on where that
// one ended; what could do harm is refused, and nobody sees half a migration.

#include "app/migration/migration.h"

#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands/commands.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/migration_mark.h"
#include "app/storage/storage.h"
#include "app/storage/whole_log.h"
#include "batch/import_history.h"
#include "speed/rebuild.h"
#include "testing/event_builder.h"

namespace marquee::app {
namespace {

using testing::EventBuilder;
using ::testing::HasSubstr;
using testing::test_event_id;

class MigrationTest : public SmallDatasetTest {
 protected:
  MigrationTest() {
    from_ = {loaded_.settings.data_dir, loaded_.settings};
    to_ = side("target");
  }

  MigrationSide side(const std::string& name) const {
    MigrationSide made{(root_ / name).string(), loaded_.settings};
    made.settings.data_dir = made.name;
    return made;
  }
  static std::unique_ptr<Storage> open(const MigrationSide& side) {
    auto opened = Storage::open_owner(side.settings);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  static AppendOutcome append(Storage& storage, const EventBuilder& event) {
    std::promise<Result<std::vector<AppendOutcome>>> promise;
    auto future = promise.get_future();
    storage.log->append({event.pending()}, [&](Result<std::vector<AppendOutcome>> outcome) {
      promise.set_value(std::move(outcome));
    });
    const auto outcome = future.get();
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() ? outcome->front() : AppendOutcome{};
  }
  /// A data set, and events of which each outcome is one; the last are not folded yet.
  void fill() {
    ::testing::internal::CaptureStderr();
    ASSERT_TRUE(commands::import_dataset(loaded_, dataset().string()).ok());
    ::testing::internal::GetCapturedStderr();
    const auto storage = open(from_);
    ASSERT_TRUE(storage->stores->recommendations.append(std::vector{shown()}).ok());
    append(*storage, EventBuilder("u1", "1").id(1).list("l1", 1));
    append(*storage, EventBuilder("u1", "2", EventType::kLike).id(2).list("l1", 2));
    append(*storage, EventBuilder("u1", "2", EventType::kUndo).id(3).undoes(2));
    append(*storage, EventBuilder("u2", "3", EventType::kRating).id(4));  // no stars
    ASSERT_TRUE(fold(*storage).ok());
    append(*storage, EventBuilder("u2", "5", EventType::kLike).id(5));
    const auto lease = storage->stores->runs.acquire("test", 1'000, 1);
    marquee::Run run;
    run.id = "r1";
    run.pipeline = "batch";
    run.logical_date = "2026-11-24";
    run.status = RunStatus::kFailed;
    StageAttempt train;
    train.stage = "train";
    ASSERT_TRUE(storage->stores->runs.create((*lease)->token, run).ok());
    ASSERT_TRUE(storage->stores->runs.put_stage((*lease)->token, "r1", train).ok());
    ASSERT_TRUE(
        storage->stores->runs
            .append_log((*lease)->token, "r1", std::vector<RunLogLine>{{1, "train", 1, 5, "x"}})
            .ok());
    ASSERT_TRUE(storage->stores->runs.set_dealt_until((*lease)->token, "batch", 77).ok());
    ApiKey key;
    key.id = "k1";
    key.hash = std::string(64, 'a');
    ASSERT_TRUE(storage->stores->keys.add(key).ok());
    AuditEntry entry;
    entry.actor = "key:k1";
    ASSERT_TRUE(storage->stores->audit.append(entry).ok());
    for (const char* version : {"als_1", "als_2", "als_3"}) {
      ASSERT_TRUE(storage->stores->models.add({ModelVersion(version), 1, "{}", {}}).ok());
      if (std::string(version) != "als_3") {
        ASSERT_TRUE(storage->stores->models.promote(ModelVersion(version), ++promotions_).ok());
      }
    }
  }
  static ShownList shown() {
    ShownList list;
    list.list_id = ListId("l1");
    list.user_id = UserId("u1");
    list.source = "hybrid";
    list.items = {{MovieId("1"), 0.5F}, {MovieId("2"), 0.25F}};
    return list;
  }
  static Result<FoldTotals> fold(Storage& storage) {
    return speed::fold_pending(*storage.log, storage.stores->profiles, storage.movies, 9);
  }
  Result<Migrated> migrate(const MigrationSide& from, const MigrationSide& to) const {
    ::testing::internal::CaptureStderr();
    Progress progress;
    auto done = migrate_data(from, to, progress);
    ::testing::internal::GetCapturedStderr();
    return done;
  }
  /// What archive and log give when they are folded anew.
  static std::string folded_anew(Storage& storage) {
    const auto history = batch::read_history(*storage.objects);
    const auto log = whole_log(storage);
    EXPECT_TRUE(storage.stores->profiles.reset().ok());
    const auto totals = speed::fold_from_zero(*history, log->get(), std::nullopt,
                                              storage.stores->profiles, storage.movies);
    EXPECT_TRUE(totals.ok()) << totals.error().message;
    return speed::hash_state(storage.stores->profiles, storage.movies)->hex;
  }

  MigrationSide from_;
  MigrationSide to_;
  std::int64_t promotions_ = 0;
};

TEST_F(MigrationTest, MovesEverythingAndFoldsToTheSameHash) {
  fill();
  const auto done = migrate(from_, to_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->folded, 1U);
  EXPECT_EQ(done->events, 245U);
  EXPECT_EQ(done->at.next(Offset::kEmbedded), 5U);
  const auto old = open(from_);
  const auto moved = open(to_);
  const Stores& a = *old->stores;
  const Stores& b = *moved->stores;
  EXPECT_EQ(*a.catalog.load(), *b.catalog.load());
  EXPECT_EQ(*a.catalog.dataset(), *b.catalog.dataset());
  EXPECT_EQ(*a.keys.list(), *b.keys.list());
  EXPECT_EQ(b.audit.list(std::nullopt, 9)->entries.size(), 5U);  // 2 of the import, 2 of this
  EXPECT_EQ(*a.models.list(), *b.models.list());
  EXPECT_EQ(*b.models.current(), ModelVersion("als_2"));
  EXPECT_EQ(*b.models.previous(), ModelVersion("als_1"));
  EXPECT_EQ(*a.recommendations.lists({}, 9), *b.recommendations.lists({}, 9));
  EXPECT_EQ(b.recommendations.click_through()->clicked, 1U);
  EXPECT_EQ(*a.profiles.dead_letters(9), *b.profiles.dead_letters(9));
  EXPECT_EQ(*a.runs.find("r1"), *b.runs.find("r1"));
  EXPECT_EQ(*a.runs.stages("r1"), *b.runs.stages("r1"));
  EXPECT_EQ(*a.runs.log("r1", {}, 0, 9), *b.runs.log("r1", {}, 0, 9));
  EXPECT_EQ(*b.runs.dealt_until("batch"), 77);
  EXPECT_EQ(a.profiles.history(UserId("u1"), {}, 9)->events,
            b.profiles.history(UserId("u1"), {}, 9)->events);
  EXPECT_EQ(folded_anew(*moved), done->state_hash);
  EXPECT_EQ(folded_anew(*old), done->state_hash);
}

TEST_F(MigrationTest, GoesOnBehindTheOldEventsAndKnowsThem) {
  fill();
  ASSERT_TRUE(migrate(from_, to_).ok());
  const auto moved = open(to_);
  const auto again = EventBuilder("u1", "1").id(1).list("l1", 1);
  const auto repeat = append(*moved, again);
  EXPECT_EQ(repeat.status, AppendStatus::kDuplicate);
  EXPECT_EQ(repeat.offset.to_string(), "e:0");
  EXPECT_EQ(append(*moved, EventBuilder("u1", "9").id(1)).status, AppendStatus::kConflict);
  EXPECT_EQ(append(*moved, EventBuilder("u9", "9").id(9)).offset.to_string(), "e:5");
  ASSERT_TRUE(fold(*moved).ok());
  const auto live = speed::hash_state(moved->stores->profiles, moved->movies);
  EXPECT_EQ(folded_anew(*moved), live->hex);
}

TEST_F(MigrationTest, CanBeDoneSeveralTimesInARow) {
  fill();
  ASSERT_TRUE(migrate(from_, to_).ok());
  append(*open(to_), EventBuilder("u1", "7", EventType::kLike).id(7));
  const auto third = side("third");
  const auto again = migrate(to_, third);
  ASSERT_TRUE(again.ok()) << again.error().message;
  const auto fourth = side("fourth");
  const auto unchanged = migrate(third, fourth);
  ASSERT_TRUE(unchanged.ok()) << unchanged.error().message;
  EXPECT_EQ(unchanged->state_hash, again->state_hash);
  EXPECT_EQ(folded_anew(*open(fourth)), again->state_hash);
}

TEST_F(MigrationTest, IsRefusedIntoWhatHoldsSomething) {
  fill();
  {
    const auto target = open(to_);
    append(*target, EventBuilder("u1", "1").id(1));
  }
  const auto events = migrate(from_, to_);
  ASSERT_FALSE(events.ok());
  EXPECT_EQ(events.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(events.error().message, HasSubstr("holds events already"));
  const auto other = side("other");
  ASSERT_TRUE(open(other)->stores->catalog.set_dataset("x").ok());
  EXPECT_THAT(migrate(from_, other).error().message, HasSubstr("a catalogue already"));
  EXPECT_TRUE(Storage::open_reader(other.settings).ok()) << "no mark was left";
}

TEST_F(MigrationTest, OfNothingMakesNothing) {
  const auto done = migrate(side("absent"), to_);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(root_ / "absent"));
  EXPECT_FALSE(std::filesystem::exists(to_.name));
}

TEST_F(MigrationTest, ThatWasCutOffIsSeenByNobodyAndStartsOver) {
  fill();
  {
    const auto target = open(to_);
    ASSERT_TRUE(MigrationMark::set(to_.name, *target->objects, from_.name).ok());
    const std::byte junk{1};
    ASSERT_TRUE(target->objects->put("models/als_9/junk", std::span(&junk, 1)).ok());
    ASSERT_TRUE(target->stores->catalog.upsert(std::vector{testing::test_movie("junk")}).ok());
  }
  for (const auto& seen :
       {Storage::open_owner(to_.settings).ok(), Storage::open_reader(to_.settings).ok(),
        Storage::open_owner(to_.settings, Storage::Unfinished::kImport).ok()}) {
    EXPECT_FALSE(seen);
  }
  auto shares_objects = side("shares");  // another machine's directory on the same services
  shares_objects.settings.objects = "file:" + to_.name + "/lakehouse";
  EXPECT_FALSE(Storage::open_owner(shares_objects.settings).ok());
  const auto other = migrate(side("absent"), to_);
  EXPECT_FALSE(other.ok());
  const auto done = migrate(from_, to_);
  ASSERT_TRUE(done.ok()) << done.error().message;
  const auto moved = open(to_);
  EXPECT_EQ(moved->objects->get("models/als_9/junk").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*moved->stores->catalog.load(), *open(from_)->stores->catalog.load());
}

}  // namespace
}  // namespace marquee::app
