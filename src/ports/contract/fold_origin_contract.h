#pragma once

#include <gtest/gtest.h>

#include "ports/fold_origin.h"
#include "ports/profile_store.h"
#include "testing/event_builder.h"

namespace marquee::testing {

/// What every FoldOrigin must do. `Harness` is default-constructible with an empty store:
///   ProfileStore& store();  FoldOrigin& origin();
template <typename Harness>
class FoldOriginContract : public ::testing::Test {
 protected:
  /// Applies one event of `user`, its `seq`-th, that stands at `offset`, in a step of its own.
  AppliedEvent apply(const std::string& user, std::uint64_t seq, Offset offset) {
    const auto folded = harness_.store().totals();
    EXPECT_TRUE(folded.ok());
    FoldBatch step;
    step.before = folded->cursor;
    step.after = step.before;
    step.after.set_next(offset.partition, offset.sequence + 1);
    step.totals = folded->totals;
    ++step.totals.applied;
    auto applied = EventBuilder(user, "m1").at(static_cast<std::int64_t>(seq)).applied(seq, 0);
    applied.event.event_id =
        test_event_id(static_cast<std::uint64_t>(offset.partition + 2) * 1'000 + offset.sequence);
    applied.offset = offset;
    UserProfile profile;
    profile.version = seq + 1;
    profile.last_offset = offset;
    step.applied.push_back(applied);
    step.profiles.emplace_back(UserId(user), std::make_shared<const UserProfile>(profile));
    const auto stored = harness_.store().apply(step);
    EXPECT_TRUE(stored.ok()) << stored.error().message;
    return applied;
  }
  /// An event of the server's own viewer, which has no history.
  void apply_reserved(Offset offset) {
    const auto folded = harness_.store().totals();
    FoldBatch step;
    step.before = folded->cursor;
    step.after = step.before;
    step.after.set_next(offset.partition, offset.sequence + 1);
    step.totals = folded->totals;
    ++step.totals.applied;
    UserProfile profile;
    profile.version = 1;
    profile.last_offset = offset;
    step.profiles.emplace_back(UserId("marquee:canary"),
                               std::make_shared<const UserProfile>(profile));
    ASSERT_TRUE(harness_.store().apply(step).ok());
  }
  static FoldedEvent met(const AppliedEvent& applied) {
    return {*applied.offset, applied.event.user_id, applied.event.event_id};
  }
  FoldOrigin& origin() { return harness_.origin(); }

  Harness harness_;
};
TYPED_TEST_SUITE_P(FoldOriginContract);

TYPED_TEST_P(FoldOriginContract, KnowsNoLogBeforeItIsTold) {
  const auto origin = this->origin().origin();
  ASSERT_TRUE(origin.ok()) << origin.error().message;
  EXPECT_FALSE(origin->has_value());
}

TYPED_TEST_P(FoldOriginContract, KeepsTheLogThatItWasToldLastThroughAReset) {
  ASSERT_TRUE(this->origin().set_origin({"cluster-1", 4, "events"}).ok());
  const LogOrigin newer{"cluster-2", 8, "movie events?"};
  ASSERT_TRUE(this->origin().set_origin(newer).ok());
  ASSERT_TRUE(this->harness_.store().reset().ok());
  const auto origin = this->origin().origin();
  ASSERT_TRUE(origin.ok()) << origin.error().message;
  EXPECT_EQ(*origin, newer);
}

TYPED_TEST_P(FoldOriginContract, TellsTheLastAppliedEventOfEachPartition) {
  this->apply("ann", 0, {2, 0});
  const auto of_first = this->apply("bob", 0, {0, 41});
  const auto of_third = this->apply("ann", 1, {2, 7});
  this->apply_reserved({2, 8});
  const auto last = this->origin().last_applied();
  ASSERT_TRUE(last.ok()) << last.error().message;
  EXPECT_EQ(*last, (std::vector{this->met(of_first), this->met(of_third)}));
}

TYPED_TEST_P(FoldOriginContract, HasNoLastEventOfAStateThatIsEmptyOrOfALogOfOnePartition) {
  EXPECT_TRUE(this->origin().last_applied()->empty());
  this->apply("ann", 0, {Offset::kEmbedded, 3});
  EXPECT_TRUE(this->origin().last_applied()->empty());
}

REGISTER_TYPED_TEST_SUITE_P(FoldOriginContract, KnowsNoLogBeforeItIsTold,
                            KeepsTheLogThatItWasToldLastThroughAReset,
                            TellsTheLastAppliedEventOfEachPartition,
                            HasNoLastEventOfAStateThatIsEmptyOrOfALogOfOnePartition);

}  // namespace marquee::testing
