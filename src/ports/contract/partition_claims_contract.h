#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ports/partition_claims.h"
#include "ports/profile_store.h"
#include "testing/event_builder.h"

namespace marquee::testing {

/// What every PartitionClaims must do. `Harness` is default-constructible with an empty store, to
/// which it has two doors, as two processes would:
///   ProfileStore& store();  PartitionClaims& claims();              of one store object
///   ProfileStore& other_store();  PartitionClaims& other_claims();  of the other
///   MovieTable& movies();
template <typename Harness>
class PartitionClaimsContract : public ::testing::Test {
 protected:
  ProfileStore& store() { return harness_.store(); }
  PartitionClaims& claims() { return harness_.claims(); }
  ProfileStore& other_store() { return harness_.other_store(); }
  PartitionClaims& other_claims() { return harness_.other_claims(); }

  static std::vector<PartitionPosition> claim(PartitionClaims& claims,
                                              std::vector<std::int32_t> partitions) {
    auto positions = claims.claim(partitions);
    EXPECT_TRUE(positions.ok()) << positions.error().message;
    return positions.ok() ? *std::move(positions) : std::vector<PartitionPosition>{};
  }
  /// The step that folds one event of `user` on top of `at`, and moves `at` behind it.
  static FoldBatch next_step(PartitionPosition& at, const std::string& user) {
    FoldBatch step;
    step.before.set_next(at.partition, at.next);
    auto applied = EventBuilder(user, "m1").at(static_cast<std::int64_t>(at.next)).applied(0, 0);
    applied.seq = at.next;
    applied.offset = Offset{at.partition, at.next};
    step.applied.push_back(applied);
    ++at.next;
    ++at.totals.applied;
    step.after.set_next(at.partition, at.next);
    step.totals = at.totals;
    return step;
  }
  static void fold_one(ProfileStore& store, PartitionPosition& at, const std::string& user) {
    const auto stored = store.apply(next_step(at, user));
    ASSERT_TRUE(stored.ok()) << stored.error().message;
  }
  static ErrorCode refusal(const Result<void>& outcome) {
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? ErrorCode::kInternal : outcome.error().code;
  }
  std::size_t history_of(const std::string& user) {
    return store().history(UserId(user), std::nullopt, 100)->events.size();
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(PartitionClaimsContract);

TYPED_TEST_P(PartitionClaimsContract, SaysWherePartitionsStandInTheOrderAskedFor) {
  EXPECT_EQ(this->claim(this->claims(), {2, 0}),
            (std::vector<PartitionPosition>{{2, 0, {}}, {0, 0, {}}}));
  PartitionPosition at{2, 0, {}};
  this->fold_one(this->store(), at, "u1");
  this->fold_one(this->store(), at, "u1");
  EXPECT_EQ(this->claim(this->other_claims(), {0, 2}),
            (std::vector<PartitionPosition>{{0, 0, {}}, {2, 2, {2, 0, 0, 0}}}));
}

TYPED_TEST_P(PartitionClaimsContract, AddsUpThePartitionsInTheStoresTotals) {
  auto at = this->claim(this->claims(), {0, 1});
  ASSERT_EQ(at.size(), 2U);
  this->fold_one(this->store(), at[0], "u1");
  this->fold_one(this->store(), at[1], "u2");
  this->fold_one(this->store(), at[1], "u2");
  const auto totals = this->other_store().totals();
  EXPECT_EQ(totals->totals.applied, 3U);
  EXPECT_EQ(totals->cursor.next(0), 1U);
  EXPECT_EQ(totals->cursor.next(1), 2U);
}

TYPED_TEST_P(PartitionClaimsContract, RefusesTheOlderClaimantAndStoresNothingOfIt) {
  auto at = this->claim(this->claims(), {0});
  ASSERT_EQ(at.size(), 1U);
  this->fold_one(this->store(), at[0], "u1");
  auto other = this->claim(this->other_claims(), {0});
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(this->refusal(this->store().apply(this->next_step(at[0], "u1"))),
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(this->history_of("u1"), 1U);
  this->fold_one(this->other_store(), other[0], "u1");
  EXPECT_EQ(this->history_of("u1"), 2U);
}

TYPED_TEST_P(PartitionClaimsContract, RefusesAPartitionThatWasNotClaimed) {
  this->claim(this->claims(), {0});
  PartitionPosition unclaimed{1, 0, {}};
  EXPECT_EQ(this->refusal(this->store().apply(this->next_step(unclaimed, "u1"))),
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(this->history_of("u1"), 0U);
}

TYPED_TEST_P(PartitionClaimsContract, GivesBackWhatItHadWithTheNextClaim) {
  auto at = this->claim(this->claims(), {0});
  ASSERT_EQ(at.size(), 1U);
  auto next = this->claim(this->claims(), {1});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(this->refusal(this->store().apply(this->next_step(at[0], "u1"))),
            ErrorCode::kFailedPrecondition);
  this->fold_one(this->store(), next[0], "u2");
  this->claim(this->claims(), {});
  EXPECT_EQ(this->refusal(this->store().apply(this->next_step(next[0], "u2"))),
            ErrorCode::kFailedPrecondition);
}

TYPED_TEST_P(PartitionClaimsContract, LetsAClaimantClaimAgain) {
  auto at = this->claim(this->claims(), {0});
  ASSERT_EQ(at.size(), 1U);
  this->fold_one(this->store(), at[0], "u1");
  EXPECT_EQ(this->claim(this->claims(), {0}), at);
  this->fold_one(this->store(), at[0], "u1");
}

TYPED_TEST_P(PartitionClaimsContract, LetsTwoMembersFoldBesideEachOther) {
  auto a = this->claim(this->claims(), {0});
  auto b = this->claim(this->other_claims(), {1});
  ASSERT_TRUE(a.size() == 1 && b.size() == 1);
  for (int i = 0; i < 3; ++i) {
    this->fold_one(this->store(), a[0], "u1");
    this->fold_one(this->other_store(), b[0], "u2");
  }
  EXPECT_EQ(this->store().totals()->totals.applied, 6U);
  EXPECT_EQ(this->claim(this->claims(), {0, 1}), (std::vector<PartitionPosition>{a[0], b[0]}));
}

TYPED_TEST_P(PartitionClaimsContract, StoresTheStepsOfSeveralPartitionsTogether) {
  auto at = this->claim(this->claims(), {2, 0});
  ASSERT_EQ(at.size(), 2U);
  const MovieKey film = this->harness_.movies().intern(MovieId("m1"));
  for (int round = 0; round < 2; ++round) {
    std::vector<FoldBatch> steps{this->next_step(at[0], "u1"), this->next_step(at[1], "u2")};
    for (FoldBatch& step : steps) step.counts.push_back(CountDelta{film, 20'000, 1});
    const auto stored = this->claims().apply_together(steps);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
  }
  EXPECT_EQ(this->history_of("u1"), 2U);
  EXPECT_EQ(this->history_of("u2"), 2U);
  EXPECT_EQ(this->store().totals()->totals.applied, 4U);
  EXPECT_EQ(this->claim(this->other_claims(), {0, 2}),
            (std::vector<PartitionPosition>{at[1], at[0]}));
}

TYPED_TEST_P(PartitionClaimsContract, StoresNoneOfSeveralStepsWhenOnePartitionIsAnothers) {
  auto at = this->claim(this->claims(), {0, 1});
  ASSERT_EQ(at.size(), 2U);
  this->claim(this->other_claims(), {1});
  const std::vector<FoldBatch> steps{this->next_step(at[0], "u1"), this->next_step(at[1], "u2")};
  EXPECT_EQ(this->refusal(this->claims().apply_together(steps)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(this->history_of("u1") + this->history_of("u2"), 0U);
  EXPECT_EQ(this->store().totals()->totals.applied, 0U);
  EXPECT_EQ(this->store().totals()->cursor.next(0), 0U);
}

TYPED_TEST_P(PartitionClaimsContract, RefusesAStepFromAnotherPlace) {
  auto at = this->claim(this->claims(), {0});
  ASSERT_EQ(at.size(), 1U);
  at[0].next = 5;
  EXPECT_EQ(this->refusal(this->store().apply(this->next_step(at[0], "u1"))),
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(this->history_of("u1"), 0U);
}

TYPED_TEST_P(PartitionClaimsContract, RefusesAStepThatIsNotOfOnePartition) {
  auto at = this->claim(this->claims(), {0, 1});
  ASSERT_EQ(at.size(), 2U);
  FoldBatch both = this->next_step(at[0], "u1");
  both.after.set_next(1, 1);
  EXPECT_EQ(this->refusal(this->store().apply(both)), ErrorCode::kInvalidArgument);
  FoldBatch none = both;
  none.after = {};
  EXPECT_EQ(this->refusal(this->store().apply(none)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(this->history_of("u1"), 0U);
}

TYPED_TEST_P(PartitionClaimsContract, CountsWhatWasFoldedWithoutAClaimBesides) {
  FoldBatch imported;
  imported.totals.history = 7;
  ASSERT_TRUE(this->other_store().apply(imported).ok());
  auto at = this->claim(this->claims(), {0});
  ASSERT_EQ(at.size(), 1U);
  EXPECT_EQ(at[0].totals, FoldTotals{});
  this->fold_one(this->store(), at[0], "u1");
  EXPECT_EQ(this->store().totals()->totals, (FoldTotals{1, 0, 0, 7}));

  FoldBatch more;  // by somebody who folds without claims, on top of all of it
  more.before = more.after = this->store().totals()->cursor;
  more.totals = FoldTotals{1, 0, 0, 9};
  ASSERT_TRUE(this->other_store().apply(more).ok());
  EXPECT_EQ(this->store().totals()->totals, (FoldTotals{1, 0, 0, 9}));
  this->fold_one(this->store(), at[0], "u1");
  EXPECT_EQ(this->store().totals()->totals, (FoldTotals{2, 0, 0, 9}));
}

TYPED_TEST_P(PartitionClaimsContract, FoldsFromTheStartUnderTheSameClaimAfterAReset) {
  auto at = this->claim(this->claims(), {0});
  ASSERT_EQ(at.size(), 1U);
  this->fold_one(this->store(), at[0], "u1");
  ASSERT_TRUE(this->other_store().reset().ok());
  EXPECT_EQ(this->refusal(this->store().apply(this->next_step(at[0], "u1"))),
            ErrorCode::kFailedPrecondition);
  PartitionPosition start{0, 0, {}};
  this->fold_one(this->store(), start, "u1");
  EXPECT_EQ(this->store().totals()->totals.applied, 1U);
}

TYPED_TEST_P(PartitionClaimsContract, AddsUpTheCountsOfTwoMembers) {
  auto a = this->claim(this->claims(), {0});
  auto b = this->claim(this->other_claims(), {1});
  ASSERT_TRUE(a.size() == 1 && b.size() == 1);
  const MovieKey film = this->harness_.movies().intern(MovieId("m1"));
  auto first = this->next_step(a[0], "u1");
  first.counts.push_back(CountDelta{film, 20'000, 2});
  auto second = this->next_step(b[0], "u2");
  second.counts.push_back(CountDelta{film, 20'000, 3});
  ASSERT_TRUE(this->store().apply(first).ok());
  ASSERT_TRUE(this->other_store().apply(second).ok());
  std::vector<CountDelta> counts;
  ASSERT_TRUE(this->store()
                  .load([](const UserId&, const UserProfile&) {},
                        [&](const CountDelta& count) { counts.push_back(count); })
                  .ok());
  EXPECT_EQ(counts, (std::vector<CountDelta>{{film, 20'000, 5}}));
}

REGISTER_TYPED_TEST_SUITE_P(
    PartitionClaimsContract, SaysWherePartitionsStandInTheOrderAskedFor,
    AddsUpThePartitionsInTheStoresTotals, RefusesTheOlderClaimantAndStoresNothingOfIt,
    RefusesAPartitionThatWasNotClaimed, GivesBackWhatItHadWithTheNextClaim, LetsAClaimantClaimAgain,
    LetsTwoMembersFoldBesideEachOther, StoresTheStepsOfSeveralPartitionsTogether,
    StoresNoneOfSeveralStepsWhenOnePartitionIsAnothers, RefusesAStepFromAnotherPlace,
    RefusesAStepThatIsNotOfOnePartition, CountsWhatWasFoldedWithoutAClaimBesides,
    FoldsFromTheStartUnderTheSameClaimAfterAReset, AddsUpTheCountsOfTwoMembers);

}  // namespace marquee::testing
