// Goal: one step of the fold sends every item to exactly one place, with all that a later repeat or
// receipt needs to know of it.

#include "speed/fold_batch.h"

#include <memory>

#include <gtest/gtest.h>

#include "testing/event_builder.h"
#include "testing/fake_profile_store.h"

namespace marquee::speed {
namespace {

using testing::EventBuilder;
using testing::FakeProfileStore;
using testing::kTestEpochMs;
using testing::test_event_id;

constexpr std::int64_t kNowMs = kTestEpochMs + 99;

/// What the door would have refused: a rating without stars.
EventBuilder poison(std::uint64_t id) {
  return EventBuilder("u1", "m1", EventType::kRating).id(id);
}

class FoldBatchTest : public ::testing::Test {
 protected:
  FoldBatchTest() {
    base_.profile = [this](const UserId& user) {
      const auto found = profiles_.find(user);
      return found == profiles_.end() ? nullptr : found->second;
    };
    base_.event = [this](const UserId& user, const EventId& id) {
      ++look_ups_;
      return store_.find_event(user, id);
    };
  }

  FoldItem logged(const EventBuilder& event) {
    return {event.build(), Offset{Offset::kEmbedded, next_++}, event.fingerprint()};
  }
  static FoldItem imported(const EventBuilder& event) { return {event.build(), std::nullopt, 0}; }

  Result<FoldBatch> fold(const std::vector<FoldItem>& items) {
    Cursor after;
    after.set_next(Offset::kEmbedded, next_);
    return fold_batch(items, base_, after, movies_, kNowMs);
  }
  /// Folds, stores and shows, as the processor does.
  FoldBatch advance(const std::vector<FoldItem>& items) {
    const auto batch = fold(items);
    EXPECT_TRUE(batch.ok()) << batch.error().message;
    EXPECT_TRUE(store_.apply(*batch).ok());
    for (const auto& [user, profile] : batch->profiles) profiles_[user] = profile;
    base_.cursor = batch->after;
    base_.totals = batch->totals;
    return *batch;
  }

  FakeProfileStore store_;
  MovieTable movies_;
  FoldBase base_;
  std::map<UserId, std::shared_ptr<const UserProfile>> profiles_;
  std::uint64_t next_ = 0;
  int look_ups_ = 0;
};

TEST_F(FoldBatchTest, StartsWhereTheBaseStandsAndEndsWhereItIsTold) {
  advance({logged(EventBuilder("u1", "m1").id(1))});
  const FoldBatch batch = *fold({logged(EventBuilder("u1", "m1").id(2))});
  EXPECT_EQ(batch.before, base_.cursor);
  EXPECT_EQ(batch.after.next(Offset::kEmbedded), 2U);
  EXPECT_EQ(batch.totals, (FoldTotals{.applied = 2}));
}

TEST_F(FoldBatchTest, ADeadLetterKeepsEventReasonAndFingerprint) {
  const FoldBatch batch = *fold({logged(poison(1).at(7))});
  ASSERT_EQ(batch.dead_letters.size(), 1U);
  EXPECT_EQ(batch.dead_letters[0],
            (DeadLetter{Offset{Offset::kEmbedded, 0}, poison(1).at(7).build(),
                        "a rating without value", poison(1).at(7).fingerprint()}));
  EXPECT_EQ(batch.totals, (FoldTotals{.dead_lettered = 1}));
  EXPECT_TRUE(batch.profiles.empty());
  EXPECT_TRUE(batch.applied.empty());
}

TEST_F(FoldBatchTest, ARepeatKeepsItsFingerprintAndWhenItWasAccepted) {
  const auto first = EventBuilder("u1", "m1").id(1).at(3);
  const auto changed = EventBuilder("u1", "m2").id(1).at(8);
  const FoldBatch batch = *fold({logged(first), logged(first), logged(changed)});
  ASSERT_EQ(batch.deduplicated.size(), 2U);
  EXPECT_FALSE(batch.deduplicated[0].conflict);
  EXPECT_EQ(batch.deduplicated[0].offset.sequence, 1U);
  EXPECT_EQ(batch.deduplicated[0].fingerprint, first.fingerprint());
  EXPECT_EQ(batch.deduplicated[0].accepted_at_ms, kTestEpochMs + 3);
  EXPECT_TRUE(batch.deduplicated[1].conflict);
  EXPECT_EQ(batch.deduplicated[1].fingerprint, changed.fingerprint());
  EXPECT_EQ(batch.deduplicated[1].accepted_at_ms, kTestEpochMs + 8);
  EXPECT_EQ(batch.totals, (FoldTotals{.applied = 1, .deduplicated = 2}));
}

TEST_F(FoldBatchTest, ALateRepeatOfADeadLetterIsKnownAsOne) {
  advance({logged(EventBuilder("u1", "m1").id(9)), logged(poison(1).at(5))});
  const auto known = store_.find_known(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->offset.sequence, 1U);
  EXPECT_EQ((*known)->fingerprint, poison(1).at(5).fingerprint());
  EXPECT_EQ((*known)->accepted_at_ms, kTestEpochMs + 5);
}

TEST_F(FoldBatchTest, TheFirstLoggedRepeatOfAnImportedEventIsKnown) {
  const auto event = EventBuilder("u1", "m1").id(1).at(4);
  advance({imported(event)});
  advance({logged(event)});
  const auto known = store_.find_known(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->offset.sequence, 0U);
  EXPECT_EQ((*known)->fingerprint, event.fingerprint());
  EXPECT_EQ((*known)->accepted_at_ms, kTestEpochMs + 4);
}

TEST_F(FoldBatchTest, HistoryThatRepeatsLeavesNoTraceAndHistoryThatIsPoisonFailsTheBatch) {
  const auto event = EventBuilder("u1", "m1").id(1);
  const FoldBatch batch = *fold({imported(event), imported(event)});
  EXPECT_EQ(batch.totals, FoldTotals{.history = 1});
  EXPECT_TRUE(batch.deduplicated.empty());
  const auto failed = fold({imported(EventBuilder("u1", "m1").id(2)), imported(poison(3))});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(failed.error().message.find(test_event_id(3).to_string()), std::string::npos);
}

TEST_F(FoldBatchTest, CopiesAViewersProfileOnceAndLeavesTheOneOfTheBaseAlone) {
  advance({logged(EventBuilder("u1", "m1").id(1))});
  const auto before = profiles_.at(UserId("u1"));
  const auto copy = std::make_unique<UserProfile>(*before);
  const FoldBatch batch =
      *fold({logged(EventBuilder("u1", "m2").id(2)), logged(EventBuilder("u2", "m2").id(3)),
             logged(EventBuilder("u1", "m3").id(4))});
  EXPECT_EQ(*before, *copy);
  ASSERT_EQ(batch.profiles.size(), 2U);
  EXPECT_EQ(batch.profiles[0].first, UserId("u1")) << "in order of first change";
  EXPECT_EQ(batch.profiles[0].second->version, 3U);
  EXPECT_EQ(batch.profiles[1].second->version, 1U);
}

TEST_F(FoldBatchTest, CountsThatCancelEachOtherInsideAStepAreNotStored) {
  const FoldBatch batch =
      *fold({logged(EventBuilder("u1", "m1", EventType::kLike).id(1)),
             logged(EventBuilder("u2", "m2", EventType::kLike).id(2)),
             logged(EventBuilder("u1", "m1", EventType::kUndo).id(3).undoes(1))});
  ASSERT_EQ(batch.counts.size(), 1U);
  EXPECT_EQ(batch.counts[0].movie, movies_.find("m2"));
  EXPECT_TRUE(batch.applied[0].undone) << "the row is stored as taken back";
  EXPECT_EQ(batch.undone, (std::vector<std::pair<UserId, std::uint64_t>>{{UserId("u1"), 0}}));
}

TEST_F(FoldBatchTest, AnEventOfAnEarlierStepIsTakenBackOnlyOnce) {
  advance({logged(EventBuilder("u1", "m1", EventType::kLike).id(1))});
  const FoldBatch batch =
      *fold({logged(EventBuilder("u1", "m1", EventType::kUndo).id(2).undoes(1)),
             logged(EventBuilder("u1", "m1", EventType::kUndo).id(3).undoes(1))});
  EXPECT_EQ(batch.undone.size(), 1U);
  ASSERT_EQ(batch.counts.size(), 1U);
  EXPECT_EQ(batch.counts[0].delta, -1);
}

TEST_F(FoldBatchTest, StampsWhatItAppliedWithTheTimeItIsGiven) {
  const FoldBatch batch = *fold({logged(EventBuilder("u1", "m1").id(1))});
  ASSERT_EQ(batch.applied.size(), 1U);
  EXPECT_EQ(batch.applied[0].applied_at_ms, kNowMs);
  EXPECT_EQ(batch.applied[0].fingerprint, EventBuilder("u1", "m1").id(1).fingerprint());
}

TEST_F(FoldBatchTest, LooksNothingUpForAViewerWithoutEvents) {
  ASSERT_TRUE(
      fold({logged(EventBuilder("u1", "m1").id(1)), logged(EventBuilder("u1", "m1").id(2))}).ok());
  EXPECT_EQ(look_ups_, 0);
}

TEST_F(FoldBatchTest, PassesOnWhatTheStoreFailedWith) {
  advance({logged(EventBuilder("u1", "m1").id(1))});
  store_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "away"});
  const std::vector<FoldItem> items{logged(EventBuilder("u1", "m1").id(2))};
  EXPECT_EQ(fold(items).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(fold(items).ok()) << "the same items can be folded again";
}

TEST_F(FoldBatchTest, AReservedViewersEventCountsForNoFilmAndLeavesNoHistory) {
  const FoldBatch batch = advance(
      {logged(EventBuilder("marquee:canary", "m1").id(1)), logged(EventBuilder("u1", "m2").id(2))});
  ASSERT_EQ(batch.applied.size(), 1U);
  EXPECT_EQ(batch.applied.front().event.user_id, UserId("u1"));
  ASSERT_EQ(batch.counts.size(), 1U);
  EXPECT_EQ(batch.counts.front().movie, movies_.intern(MovieId("m2")));
  EXPECT_EQ(batch.totals.applied, 2U) << "the books count every event of the log";
  EXPECT_EQ(batch.profiles.size(), 2U);
}

TEST_F(FoldBatchTest, AReservedViewersStateStaysAsSmallAsItsLatestEvent) {
  for (std::uint64_t id = 1; id <= 50; ++id) {
    (void)advance({logged(EventBuilder("marquee:canary", "m" + std::to_string(id)).id(id))});
  }
  const UserProfile& profile = *profiles_[UserId("marquee:canary")];
  EXPECT_EQ(profile.version, 50U);
  ASSERT_EQ(profile.recent.size(), 1U);
  ASSERT_EQ(profile.movies.size(), 1U);
  EXPECT_EQ(profile.movies.front().movie, movies_.intern(MovieId("m50")));
  EXPECT_EQ(profile.last_offset->sequence, 49U);
}

TEST_F(FoldBatchTest, AReservedViewersUndoTakesNothingBack) {
  (void)advance({logged(EventBuilder("marquee:canary", "m1").id(1))});
  const FoldBatch batch =
      advance({logged(EventBuilder("marquee:canary", "m1", EventType::kUndo).id(2).undoes(1))});
  EXPECT_TRUE(batch.undone.empty());
  EXPECT_TRUE(batch.counts.empty());
  EXPECT_EQ(batch.totals.applied, 2U);
}

}  // namespace
}  // namespace marquee::speed
