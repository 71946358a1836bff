// A follower that is told of the steps of its own process's fold shows what it would have read.

#include "speed/own_steps.h"

#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "speed/partition_fold.h"
#include "speed/settable_group_for_test.h"
#include "speed/state_follower.h"
#include "speed/store_away_for_test.h"
#include "testing/event_builder.h"
#include "testing/fake_partitioned_log.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"

namespace marquee::speed {
namespace {

using namespace std::chrono_literals;
using testing::EventBuilder;
using testing::FakePartitionedLog;
using testing::FakeProfileStore;
using testing::ManualClock;

/// A process that folds and follows, or folds alone.
struct FoldingProcess {
  FoldingProcess(FakePartitionedLog& log, const FakeProfileStore& shared, MovieTable& movies,
                 bool follows)
      : store(shared), door(shared) {
    if (follows) {
      follower =
          StateFollower::load(
              door, clock, metrics,
              [this](const UserId& user, std::uint64_t version) { shown[user] = version; }, {})
              .value();
    }
    fold = std::make_unique<PartitionFold>(
        PartitionFold::Ports{log, store, store, group, movies, clock, metrics, follower.get()},
        nullptr, PartitionFold::Options{.batch_events_max = 5});
  }

  FakeProfileStore store;
  FakeProfileStore door;  ///< the follower's
  SettableGroup group;
  ManualClock clock;
  telemetry::Metrics metrics;
  std::map<UserId, std::uint64_t> shown;
  std::unique_ptr<StateFollower> follower;
  std::unique_ptr<PartitionFold> fold;
};

class OwnStepsTest : public ::testing::Test {
 protected:
  void push(const EventBuilder& event) { (void)log_.push(event.build(), event.fingerprint()); }
  void expect_shows_what_is_stored(FoldingProcess& process) {
    const auto stored = store_.load(
        [&](const UserId& user, const UserProfile& profile) {
          const auto found = process.follower->state().find(user);
          ASSERT_NE(found, nullptr) << user.value();
          EXPECT_EQ(*found, profile) << user.value();
        },
        [](const CountDelta&) {});
    EXPECT_EQ(process.follower->totals(), stored->totals);
    EXPECT_EQ(process.follower->state().applied(), stored->cursor);
  }

  FakePartitionedLog log_{4};
  FakeProfileStore store_;
  MovieTable movies_;
  FoldingProcess own_{log_, store_, movies_, true};
  FoldingProcess other_{log_, store_, movies_, false};
};

TEST_F(OwnStepsTest, ShowsThemWithoutReadingTheStore) {
  own_.group.assign({0, 1, 2, 3});
  push(EventBuilder("a", "m1", EventType::kLike));
  push(EventBuilder("bb", "m1", EventType::kLike));
  own_.door.fail_next(1'000, kAway);
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  expect_shows_what_is_stored(own_);
  EXPECT_EQ(own_.shown, (std::map<UserId, std::uint64_t>{{UserId("a"), 1}, {UserId("bb"), 1}}));
}

TEST_F(OwnStepsTest, WhatDoesNotFollowOnIsReadFromTheStore) {
  other_.group.assign({1});
  push(EventBuilder("a", "m1"));
  ASSERT_TRUE(other_.fold->step(0ms).ok());
  own_.group.assign({1});
  push(EventBuilder("a", "m2"));
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  EXPECT_EQ(own_.follower->state().find(UserId("a")), nullptr) << "what came before is not known";
  ASSERT_TRUE(own_.follower->step(0ms).ok());
  expect_shows_what_is_stored(own_);
  push(EventBuilder("a", "m3"));
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  expect_shows_what_is_stored(own_);
}

TEST_F(OwnStepsTest, AStepOfUnknownOutcomeIsReadFromTheStore) {
  own_.group.assign({1});
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  push(EventBuilder("a", "m1"));
  own_.store.fail_next_writes(1, kAway);
  EXPECT_FALSE(own_.fold->step(0ms).ok());
  EXPECT_TRUE(own_.shown.empty());
  ASSERT_TRUE(own_.follower->step(0ms).ok()) << "waits for no step that has failed";
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  expect_shows_what_is_stored(own_);
}

TEST_F(OwnStepsTest, ARebuildIsReadFromTheStore) {
  own_.group.assign({0, 1, 2, 3});
  push(EventBuilder("a", "m1"));
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  ASSERT_TRUE(store_.reset().ok());
  push(EventBuilder("a", "m2"));
  EXPECT_FALSE(own_.fold->step(0ms).ok());
  ASSERT_TRUE(own_.follower->step(0ms).ok());
  EXPECT_EQ(*own_.follower->state().find(UserId("a")), UserProfile());
  ASSERT_TRUE(own_.fold->step(0ms).ok());
  expect_shows_what_is_stored(own_);
}

// Partitions go to and fro between two processes, stores fail; whenever the follower has caught up
// it shows what is stored.
TEST_F(OwnStepsTest, WhoeverFoldsTheFollowerShowsWhatIsStored) {
  Rng rng(3);
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    switch (rng.below(10)) {
      case 0: {
        std::vector<std::int32_t> mine;
        std::vector<std::int32_t> theirs;
        for (std::int32_t p = 0; p < 4; ++p) (rng.below(3) != 0 ? mine : theirs).push_back(p);
        own_.group.assign(mine);
        other_.group.assign(theirs);
        break;
      }
      case 1:
        own_.store.fail_next(1, kAway);
        break;
      case 2:
        other_.store.fail_next(1, kAway);
        break;
      case 3:
        (void)other_.fold->step(0ms);
        break;
      case 4:
        ASSERT_TRUE(own_.follower->step(0ms).ok());
        expect_shows_what_is_stored(own_);
        break;
      case 5:
      case 6:
        (void)own_.fold->step(0ms);
        break;
      default:
        push(EventBuilder(std::string(1 + rng.below(4), 'u'), "m" + std::to_string(rng.below(5)),
                          rng.below(2) == 0 ? EventType::kLike : EventType::kView)
                 .id(rng.below(500)));
    }
  }
}

}  // namespace
}  // namespace marquee::speed
