#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/known_events.h"
#include "ports/profile_store.h"
#include "testing/event_builder.h"
#include "testing/fold_batch_builder.h"

namespace marquee::testing {

/// What every ProfileStore (and the KnownEvents beside it) must do. `Harness` is
/// default-constructible with an empty store and has
///   ProfileStore& store();  KnownEvents& known();  MovieTable& movies();
template <typename Harness>
class ProfileStoreContract : public ::testing::Test {
 protected:
  ProfileStore& store() { return harness_.store(); }
  KnownEvents& known() { return harness_.known(); }
  MovieTable& movies() { return harness_.movies(); }

  /// Stores one event of the log as a step of its own.
  void apply_one(const EventBuilder& event, std::uint64_t seq, std::uint64_t sequence) {
    FoldBatchBuilder batch(store());
    batch.apply(event, seq, sequence);
    ASSERT_TRUE(store().apply(batch.build(sequence + 1)).ok());
  }

  struct Loaded {
    std::vector<std::pair<UserId, UserProfile>> profiles;
    std::vector<CountDelta> counts;
    FoldedTotals at;
  };
  Loaded load() {
    Loaded loaded;
    auto at = store().load(
        [&](UserId user, UserProfile profile) {
          loaded.profiles.emplace_back(std::move(user), std::move(profile));
        },
        [&](const CountDelta& count) { loaded.counts.push_back(count); });
    EXPECT_TRUE(at.ok());
    if (at.ok()) loaded.at = *at;
    return loaded;
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(ProfileStoreContract);

TYPED_TEST_P(ProfileStoreContract, StartsEmpty) {
  const auto loaded = this->load();
  EXPECT_TRUE(loaded.profiles.empty());
  EXPECT_TRUE(loaded.counts.empty());
  EXPECT_EQ(loaded.at.totals, FoldTotals{});
  EXPECT_EQ(loaded.at.cursor.next(Offset::kEmbedded), 0U);
  EXPECT_TRUE(this->store().history(UserId("u1"), std::nullopt, 10)->events.empty());
  EXPECT_FALSE(this->store().find_event(UserId("u1"), test_event_id(1))->has_value());
  EXPECT_FALSE(this->store().receipt(UserId("u1"), test_event_id(1))->has_value());
  EXPECT_FALSE(this->known().find_known(UserId("u1"), test_event_id(1))->has_value());
  EXPECT_TRUE(this->store().dead_letters(10)->empty());
}

TYPED_TEST_P(ProfileStoreContract, GivesBackEveryFieldOfAnAppliedEvent) {
  const auto full = EventBuilder("u1", "m1", EventType::kRating)
                        .id(1)
                        .value(4.5)
                        .session("s1")
                        .list("l1", 3)
                        .undoes(9)
                        .at(77);
  const auto bare = EventBuilder("u1", "m2", EventType::kUndo).id(2).at(-5);
  FoldBatchBuilder batch(this->store());
  batch.apply(full, 0, 0).apply(bare, 1, std::nullopt);
  ASSERT_TRUE(this->store().apply(batch.build(1)).ok());

  EXPECT_EQ(*this->store().find_event(UserId("u1"), test_event_id(1)), full.applied(0, 0));
  EXPECT_EQ(*this->store().find_event(UserId("u1"), test_event_id(2)),
            bare.applied(1, std::nullopt));
  EXPECT_FALSE(this->store().find_event(UserId("u2"), test_event_id(1))->has_value());
}

TYPED_TEST_P(ProfileStoreContract, KeepsNumbersOfAll64Bits) {
  auto applied = EventBuilder("u1", "m1").id(1).applied(0, 5);
  applied.fingerprint = 0xFEDCBA9876543210ULL;
  FoldBatchBuilder batch(this->store());
  batch.apply(applied);
  ASSERT_TRUE(this->store().apply(batch.build(6)).ok());
  EXPECT_EQ(*this->store().find_event(UserId("u1"), test_event_id(1)), applied);
}

TYPED_TEST_P(ProfileStoreContract, LoadsProfilesInOrderOfUserAndEveryCount) {
  UserProfile rich;
  rich.version = 7;
  rich.history_size = 9;
  rich.last_offset = Offset{Offset::kEmbedded, 41};
  rich.state_of(this->movies().intern(MovieId("m9"))) =
      MovieState{this->movies().intern(MovieId("m9")), 2, 1, 0, true, 20'000};
  rich.recent.push_back(
      Interaction{this->movies().intern(MovieId("m4")), EventType::kView, 0.75F, kTestEpochMs, 8});
  UserProfile plain;
  plain.version = 1;
  FoldBatchBuilder batch(this->store());
  batch.profile("zoe", rich).profile("adam", plain).count(this->movies(), "m9", 20'000, 3);
  ASSERT_TRUE(this->store().apply(batch.build(1)).ok());

  const auto loaded = this->load();
  ASSERT_EQ(loaded.profiles.size(), 2U);
  EXPECT_EQ(loaded.profiles[0], std::pair(UserId("adam"), plain));
  EXPECT_EQ(loaded.profiles[1], std::pair(UserId("zoe"), rich));
  ASSERT_EQ(loaded.counts.size(), 1U);
  EXPECT_EQ(loaded.counts[0], (CountDelta{this->movies().intern(MovieId("m9")), 20'000, 3}));
}

TYPED_TEST_P(ProfileStoreContract, FindsTheProfileThatLoadGives) {
  UserProfile rich;
  rich.version = 7;
  rich.history_size = 9;
  rich.recent.push_back(
      Interaction{this->movies().intern(MovieId("m4")), EventType::kView, 0.75F, kTestEpochMs, 8});
  FoldBatchBuilder batch(this->store());
  batch.profile("zoe", rich).profile("adam", UserProfile{});
  ASSERT_TRUE(this->store().apply(batch.build(1)).ok());
  const auto found = this->store().find_profile(UserId("zoe"));
  ASSERT_TRUE(found.ok() && *found != nullptr);
  EXPECT_EQ(**found, rich);
  EXPECT_EQ(*this->store().find_profile(UserId("nobody")), nullptr);
  ASSERT_TRUE(this->store().reset().ok());
  EXPECT_EQ(*this->store().find_profile(UserId("zoe")), nullptr);
}

TYPED_TEST_P(ProfileStoreContract, ReplacesAProfileAndAddsUpCounts) {
  UserProfile first;
  first.version = 1;
  UserProfile second;
  second.version = 2;
  FoldBatchBuilder one(this->store());
  one.profile("u1", first).count(this->movies(), "m1", 10, 2).count(this->movies(), "m2", 10, 1);
  ASSERT_TRUE(this->store().apply(one.build(1)).ok());
  FoldBatchBuilder two(this->store());
  two.profile("u1", second)
      .count(this->movies(), "m1", 10, 1)
      .count(this->movies(), "m1", 10, -1)
      .count(this->movies(), "m1", 11, 4)
      .count(this->movies(), "m2", 10, -1);
  ASSERT_TRUE(this->store().apply(two.build(2)).ok());

  const auto loaded = this->load();
  ASSERT_EQ(loaded.profiles.size(), 1U);
  EXPECT_EQ(loaded.profiles[0].second, second);
  const auto m1 = this->movies().intern(MovieId("m1"));
  EXPECT_EQ(loaded.counts, (std::vector<CountDelta>{{m1, 10, 2}, {m1, 11, 4}}))
      << "a count that became 0 is gone";
}

TYPED_TEST_P(ProfileStoreContract, MovesCursorAndTotalsWithTheStep) {
  FoldBatchBuilder batch(this->store());
  batch.apply(EventBuilder("u1", "m1").id(1), 0, 0);
  FoldBatch step = batch.build(1);
  step.totals = FoldTotals{1, 2, 3, 4};
  step.after.set_next(3, 99);
  ASSERT_TRUE(this->store().apply(step).ok());
  const auto at = this->store().totals();
  EXPECT_EQ(at->totals, (FoldTotals{1, 2, 3, 4}));
  EXPECT_EQ(at->cursor.next(Offset::kEmbedded), 1U);
  EXPECT_EQ(at->cursor.next(3), 99U);
  EXPECT_EQ(this->load().at.totals, at->totals);
}

TYPED_TEST_P(ProfileStoreContract, RefusesAStepFromAnotherPlaceAndStoresNothing) {
  this->apply_one(EventBuilder("u1", "m1").id(1), 0, 0);
  FoldBatchBuilder late(this->store());
  late.apply(EventBuilder("u1", "m2").id(2), 1, 1).profile("u1", UserProfile{});
  FoldBatch step = late.build(2);
  step.before.set_next(Offset::kEmbedded, 7);
  const auto outcome = this->store().apply(step);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_FALSE(this->store().find_event(UserId("u1"), test_event_id(2))->has_value());
  EXPECT_TRUE(this->load().profiles.empty());
  EXPECT_EQ(this->store().totals()->cursor.next(Offset::kEmbedded), 1U);
}

TYPED_TEST_P(ProfileStoreContract, TakesAnAbsentPartitionForOneAtItsStart) {
  FoldBatchBuilder batch(this->store());
  FoldBatch step = batch.build(1);
  step.before.set_next(Offset::kEmbedded, 0);
  step.before.set_next(5, 0);
  EXPECT_TRUE(this->store().apply(step).ok());
}

TYPED_TEST_P(ProfileStoreContract, RefusesAnEventThatIsThereAlreadyAndStoresNothing) {
  this->apply_one(EventBuilder("u1", "m1").id(1), 0, 0);
  for (const auto& [number, seq] : {std::pair(1, 1), std::pair(2, 0)}) {
    FoldBatchBuilder again(this->store());
    again.apply(EventBuilder("u9", "m9").id(50), 0, 1)
        .apply(EventBuilder("u1", "m2").id(static_cast<std::uint64_t>(number)),
               static_cast<std::uint64_t>(seq), 2);
    const auto outcome = this->store().apply(again.build(3));
    ASSERT_FALSE(outcome.ok()) << "id " << number << " at seq " << seq;
    EXPECT_EQ(outcome.error().code, ErrorCode::kConflict);
    EXPECT_FALSE(this->store().find_event(UserId("u9"), test_event_id(50))->has_value());
    EXPECT_EQ(this->store().totals()->cursor.next(Offset::kEmbedded), 1U);
  }
}

TYPED_TEST_P(ProfileStoreContract, KeepsTheSameIdOfTwoViewersApart) {
  this->apply_one(EventBuilder("u1", "m1").id(1), 0, 0);
  this->apply_one(EventBuilder("u2", "m2").id(1), 0, 1);
  EXPECT_EQ((*this->store().find_event(UserId("u1"), test_event_id(1)))->event.movie_id.value(),
            "m1");
  EXPECT_EQ((*this->store().find_event(UserId("u2"), test_event_id(1)))->event.movie_id.value(),
            "m2");
}

TYPED_TEST_P(ProfileStoreContract, MarksEventsAsUndone) {
  this->apply_one(EventBuilder("u1", "m1").id(1), 0, 0);
  FoldBatchBuilder undo(this->store());
  undo.apply(EventBuilder("u1", "m1", EventType::kUndo).id(2).undoes(1), 1, 1)
      .undone("u1", 0)
      .undone("u1", 0)
      .undone("nobody", 4);
  ASSERT_TRUE(this->store().apply(undo.build(2)).ok());
  EXPECT_TRUE((*this->store().find_event(UserId("u1"), test_event_id(1)))->undone);
  EXPECT_FALSE((*this->store().find_event(UserId("u1"), test_event_id(2)))->undone);
}

TYPED_TEST_P(ProfileStoreContract, PagesTheHistoryNewestFirst) {
  FoldBatchBuilder batch(this->store());
  for (std::uint64_t i = 0; i < 5; ++i) {
    batch.apply(EventBuilder("u1", "m" + std::to_string(i)).id(i), i, i);
    batch.apply(EventBuilder("u2", "x").id(100 + i), i, 10 + i);
  }
  ASSERT_TRUE(this->store().apply(batch.build(20)).ok());

  std::vector<std::uint64_t> seqs;
  std::optional<std::uint64_t> before;
  int pages = 0;
  do {
    const auto page = this->store().history(UserId("u1"), before, 2);
    ASSERT_TRUE(page.ok());
    for (const AppliedEvent& event : page->events) {
      EXPECT_EQ(event.event.user_id, UserId("u1"));
      seqs.push_back(event.seq);
    }
    before = page->next_before_seq;
    ++pages;
  } while (before);
  EXPECT_EQ(seqs, (std::vector<std::uint64_t>{4, 3, 2, 1, 0}));
  EXPECT_EQ(pages, 3);
  EXPECT_FALSE(this->store().history(UserId("u1"), std::nullopt, 5)->next_before_seq.has_value());
  EXPECT_TRUE(this->store().history(UserId("u1"), std::nullopt, 0)->events.empty());
  EXPECT_TRUE(this->store().history(UserId("u1"), 0, 5)->events.empty());
}

TYPED_TEST_P(ProfileStoreContract, GivesReceiptsOfAppliedEvents) {
  const auto event = EventBuilder("u1", "m1").id(1);
  this->apply_one(event, 0, 4);
  const auto receipt = this->store().receipt(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(receipt.ok() && receipt->has_value());
  EXPECT_EQ((*receipt)->status, EventReceipt::Status::kApplied);
  EXPECT_EQ((*receipt)->offset, (Offset{Offset::kEmbedded, 4}));
  EXPECT_EQ((*receipt)->accepted_at_ms, event.build().accepted_at_ms);
  EXPECT_EQ((*receipt)->applied_at_ms, event.applied(0, 4).applied_at_ms);
}

TYPED_TEST_P(ProfileStoreContract, GivesReceiptsOfRepeatsWithTheFirstOffset) {
  this->apply_one(EventBuilder("u1", "m1").id(1), 0, 4);
  for (const bool conflict : {false, true}) {
    const std::uint64_t sequence = conflict ? 6 : 5;
    FoldBatchBuilder repeat(this->store());
    repeat.repeat(EventBuilder("u1", "m1").id(1), sequence, conflict);
    ASSERT_TRUE(this->store().apply(repeat.build(sequence + 1)).ok());
    const auto receipt = this->store().receipt(UserId("u1"), test_event_id(1));
    ASSERT_TRUE(receipt.ok() && receipt->has_value());
    EXPECT_EQ((*receipt)->status,
              conflict ? EventReceipt::Status::kConflict : EventReceipt::Status::kDuplicate);
    EXPECT_EQ((*receipt)->offset, (Offset{Offset::kEmbedded, 4}));
    EXPECT_TRUE((*receipt)->applied_at_ms.has_value());
  }
  EXPECT_FALSE(this->store().receipt(UserId("u2"), test_event_id(1))->has_value());
}

TYPED_TEST_P(ProfileStoreContract, KeepsDeadLettersWithTheirReason) {
  const auto poison =
      EventBuilder("u1", "m1", EventType::kRating).id(1).value(3).list("l1", 2).at(9);
  FoldBatchBuilder batch(this->store());
  batch.dead_letter(poison, 8, "no such rule").dead_letter(EventBuilder("u2", "m2").id(2), 7, "x");
  ASSERT_TRUE(this->store().apply(batch.build(9)).ok());

  const auto letters = this->store().dead_letters(10);
  ASSERT_EQ(letters->size(), 2U);
  EXPECT_EQ((*letters)[0].offset.sequence, 7U);
  EXPECT_EQ((*letters)[1], (DeadLetter{Offset{Offset::kEmbedded, 8}, poison.build(), "no such rule",
                                       poison.fingerprint()}));
  EXPECT_EQ(this->store().dead_letters(1)->size(), 1U);
  const auto receipt = this->store().receipt(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(receipt->has_value());
  EXPECT_EQ((*receipt)->status, EventReceipt::Status::kDeadLettered);
  EXPECT_EQ((*receipt)->offset, (Offset{Offset::kEmbedded, 8}));
  EXPECT_FALSE((*receipt)->applied_at_ms.has_value());
}

TYPED_TEST_P(ProfileStoreContract, PagesRepeatsInTheOrderOfTheLog) {
  FoldBatchBuilder batch(this->store());
  batch.repeat(EventBuilder("u1", "m1").id(1).at(5), 8, true)
      .repeat(EventBuilder("u2", "m1").id(2), 6, false)
      .repeat(EventBuilder("u1", "m1").id(1), 7, false);
  FoldBatch step = batch.build(9);
  step.deduplicated[1].offset = Offset{2, 0};
  ASSERT_TRUE(this->store().apply(step).ok());
  EXPECT_EQ(*this->store().deduplicated(std::nullopt, 9),
            (std::vector{step.deduplicated[2], step.deduplicated[0], step.deduplicated[1]}));
  EXPECT_EQ(*this->store().deduplicated(std::nullopt, 2),
            (std::vector{step.deduplicated[2], step.deduplicated[0]}));
  EXPECT_EQ(*this->store().deduplicated(step.deduplicated[0].offset, 9),
            (std::vector{step.deduplicated[1]}));
  EXPECT_TRUE(this->store().deduplicated(Offset{2, 0}, 9)->empty());
}

TYPED_TEST_P(ProfileStoreContract, KnowsOnlyEventsThatCameThroughTheLog) {
  const auto logged = EventBuilder("u1", "m1").id(1).at(3);
  const auto imported = EventBuilder("u1", "m2").id(2);
  const auto dead = EventBuilder("u1", "m3").id(3).at(5);
  FoldBatchBuilder batch(this->store());
  batch.apply(imported, 0, std::nullopt).apply(logged, 1, 4).dead_letter(dead, 6, "poison");
  batch.repeat(logged, 5, false);
  ASSERT_TRUE(this->store().apply(batch.build(7)).ok());

  const auto known = this->known().find_known(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->offset, (Offset{Offset::kEmbedded, 4})) << "the first, not the repeat";
  EXPECT_EQ((*known)->fingerprint, logged.fingerprint());
  EXPECT_EQ((*known)->accepted_at_ms, logged.build().accepted_at_ms);
  EXPECT_FALSE(this->known().find_known(UserId("u1"), test_event_id(2))->has_value());
  EXPECT_FALSE(this->known().find_known(UserId("u2"), test_event_id(1))->has_value());
  const auto known_dead = this->known().find_known(UserId("u1"), test_event_id(3));
  ASSERT_TRUE(known_dead->has_value()) << "a dead letter came through the log too";
  EXPECT_EQ((*known_dead)->offset, (Offset{Offset::kEmbedded, 6}));
  EXPECT_EQ((*known_dead)->fingerprint, dead.fingerprint());
}

TYPED_TEST_P(ProfileStoreContract, KnowsTheRepeatOfAnImportedEvent) {
  const auto event = EventBuilder("u1", "m1").id(1);
  FoldBatchBuilder batch(this->store());
  batch.apply(event, 0, std::nullopt).repeat(event, 2, true).repeat(event, 1, false);
  ASSERT_TRUE(this->store().apply(batch.build(3)).ok());
  const auto known = this->known().find_known(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(known->has_value());
  EXPECT_EQ((*known)->offset, (Offset{Offset::kEmbedded, 1}));
  EXPECT_EQ((*known)->fingerprint, event.fingerprint());
}

TYPED_TEST_P(ProfileStoreContract, KnowsADeadLetterThatCameBeforeTheEventThatWasApplied) {
  const auto dead = EventBuilder("u1", "m1").id(1).at(5);
  const auto applied = EventBuilder("u1", "m2").id(1).at(9);
  FoldBatchBuilder batch(this->store());
  batch.dead_letter(dead, 3, "poison").apply(applied, 0, 5).repeat(applied, 8, false);
  ASSERT_TRUE(this->store().apply(batch.build(9)).ok());
  const auto known = this->known().find_known(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->offset, (Offset{Offset::kEmbedded, 3}));
  EXPECT_EQ((*known)->fingerprint, dead.fingerprint());
  EXPECT_EQ((*known)->accepted_at_ms, dead.build().accepted_at_ms);
}

TYPED_TEST_P(ProfileStoreContract, KnowsTheFirstOfSeveralDeadLettersUnderAnId) {
  const auto first = EventBuilder("u1", "m1").id(1).at(1);
  const auto second = EventBuilder("u1", "m2").id(1).at(2);
  FoldBatchBuilder batch(this->store());
  batch.dead_letter(second, 7, "poison").dead_letter(first, 6, "poison").repeat(first, 9, true);
  ASSERT_TRUE(this->store().apply(batch.build(10)).ok());
  const auto known = this->known().find_known(UserId("u1"), test_event_id(1));
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->offset, (Offset{Offset::kEmbedded, 6}));
  EXPECT_EQ((*known)->fingerprint, first.fingerprint());
  EXPECT_FALSE(this->known().find_known(UserId("u2"), test_event_id(1))->has_value());
}

TYPED_TEST_P(ProfileStoreContract, ForgetsEverythingOnReset) {
  FoldBatchBuilder batch(this->store());
  batch.apply(EventBuilder("u1", "m1").id(1), 0, 0)
      .profile("u1", UserProfile{})
      .count(this->movies(), "m1", 1, 1)
      .dead_letter(EventBuilder("u1", "m3").id(3), 1, "poison")
      .repeat(EventBuilder("u1", "m1").id(1), 2, false);
  FoldBatch step = batch.build(3);
  step.totals = FoldTotals{1, 1, 1, 0};
  ASSERT_TRUE(this->store().apply(step).ok());
  ASSERT_TRUE(this->store().reset().ok());

  const auto loaded = this->load();
  EXPECT_TRUE(loaded.profiles.empty());
  EXPECT_TRUE(loaded.counts.empty());
  EXPECT_EQ(loaded.at.totals, FoldTotals{});
  EXPECT_EQ(loaded.at.cursor.next(Offset::kEmbedded), 0U);
  EXPECT_TRUE(this->store().dead_letters(9)->empty());
  EXPECT_FALSE(this->store().receipt(UserId("u1"), test_event_id(1))->has_value());
  EXPECT_FALSE(this->known().find_known(UserId("u1"), test_event_id(3))->has_value());
  EXPECT_TRUE(this->store().apply(step).ok()) << "the same step can be folded again";
}

REGISTER_TYPED_TEST_SUITE_P(
    ProfileStoreContract, StartsEmpty, GivesBackEveryFieldOfAnAppliedEvent, KeepsNumbersOfAll64Bits,
    LoadsProfilesInOrderOfUserAndEveryCount, FindsTheProfileThatLoadGives,
    ReplacesAProfileAndAddsUpCounts, MovesCursorAndTotalsWithTheStep,
    RefusesAStepFromAnotherPlaceAndStoresNothing, TakesAnAbsentPartitionForOneAtItsStart,
    RefusesAnEventThatIsThereAlreadyAndStoresNothing, KeepsTheSameIdOfTwoViewersApart,
    MarksEventsAsUndone, PagesTheHistoryNewestFirst, GivesReceiptsOfAppliedEvents,
    GivesReceiptsOfRepeatsWithTheFirstOffset, KeepsDeadLettersWithTheirReason,
    PagesRepeatsInTheOrderOfTheLog, KnowsOnlyEventsThatCameThroughTheLog,
    KnowsTheRepeatOfAnImportedEvent, KnowsADeadLetterThatCameBeforeTheEventThatWasApplied,
    KnowsTheFirstOfSeveralDeadLettersUnderAnId, ForgetsEverythingOnReset);

}  // namespace marquee::testing
