#include "speed/partition_fold.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "speed/rebuild.h"
#include "speed/settable_group_for_test.h"
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

/// One process that folds.
struct Member {
  Member(FakePartitionedLog& log, const FakeProfileStore& shared, PartitionFold::OnChange on_change)
      : store(shared),
        fold({log, store, store, group, movies, clock, metrics}, std::move(on_change),
             {.batch_events_max = 7, .profile_bytes_max = 1}) {}

  FakeProfileStore store;
  SettableGroup group;
  ManualClock clock;
  telemetry::Metrics metrics;
  MovieTable& movies = shared_movies();
  PartitionFold fold;

 private:
  /// The fake store keeps keys as they come, so all its doors share one table.
  static MovieTable& shared_movies() {
    static MovieTable movies;
    return movies;
  }
};

class PartitionFoldTest : public ::testing::Test {
 protected:
  Member& add_member() {
    return *members_.emplace_back(std::make_unique<Member>(
        log_, store_,
        [this](const UserId& user, std::uint64_t version) { changed_[user] = version; }));
  }
  Offset push(const EventBuilder& event) { return log_.push(event.build(), event.fingerprint()); }
  FoldedTotals stored() { return store_.totals().value(); }

  FakePartitionedLog log_{4};
  FakeProfileStore store_;
  std::map<UserId, std::uint64_t> changed_;
  std::vector<std::unique_ptr<Member>> members_;
};

TEST_F(PartitionFoldTest, FoldsThePartitionsItIsGivenAndNoOthers) {
  Member& member = add_member();
  push(EventBuilder("a", "m1"));
  push(EventBuilder("bb", "m1"));
  member.group.assign({1});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals.applied, 1U);
  EXPECT_EQ(stored().cursor.next(1), 1U);
  EXPECT_EQ(changed_, (std::map<UserId, std::uint64_t>{{UserId("a"), 1}}));
  member.group.assign({1, 2});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals.applied, 2U);
}

TEST_F(PartitionFoldTest, OnItsThreadEventsThatComeRightAfterAStepAreFoldedTogether) {
  FakeProfileStore store(store_);
  SettableGroup group;
  MovieTable movies;
  SystemClock clock;
  telemetry::Metrics metrics;
  std::mutex mutex;
  std::condition_variable folded;
  std::vector<std::uint64_t> versions;
  PartitionFold fold({log_, store, store, group, movies, clock, metrics},
                     [&](const UserId&, std::uint64_t version) {
                       const std::lock_guard lock(mutex);
                       versions.push_back(version);
                       folded.notify_all();
                     },
                     {.pace = 1'500ms});
  const auto reach = [&](std::uint64_t version) {
    std::unique_lock lock(mutex);
    return folded.wait_for(lock, 60s,
                           [&] { return !versions.empty() && versions.back() == version; });
  };
  group.assign({1});
  push(EventBuilder("a", "m1"));
  fold.start();
  ASSERT_TRUE(reach(1));
  push(EventBuilder("a", "m2"));
  std::this_thread::sleep_for(30ms);
  push(EventBuilder("a", "m3"));
  ASSERT_TRUE(reach(3));
  fold.stop();
  EXPECT_EQ(versions, (std::vector<std::uint64_t>{1, 3}));
}

TEST_F(PartitionFoldTest, WithoutPartitionsItWaits) {
  Member& member = add_member();
  push(EventBuilder("a", "m1"));
  EXPECT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals, FoldTotals());
}

TEST_F(PartitionFoldTest, GoesOnWhereTheMemberBeforeStood) {
  Member& first = add_member();
  Member& second = add_member();
  push(EventBuilder("a", "m1").id(1));
  first.group.assign({1});
  ASSERT_TRUE(first.fold.step(0ms).ok());
  push(EventBuilder("a", "m2").id(2));
  first.group.assign({});
  second.group.assign({1});
  ASSERT_TRUE(second.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals.applied, 2U);
  EXPECT_EQ(store_.find_profile(UserId("a")).value()->history_size, 2U);
}

TEST_F(PartitionFoldTest, AMemberThatWasPausedBeyondItsAssignmentStoresNothing) {
  Member& paused = add_member();
  Member& successor = add_member();
  push(EventBuilder("a", "m1").id(1));
  paused.group.assign({1});
  ASSERT_TRUE(paused.fold.step(0ms).ok());
  successor.group.assign({1});
  push(EventBuilder("a", "m2").id(2));
  ASSERT_TRUE(successor.fold.step(0ms).ok());
  push(EventBuilder("a", "m3").id(3));
  const Result<void> late = paused.fold.step(0ms);  // believes in its assignment still
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(stored().totals.applied, 2U);
  ASSERT_TRUE(successor.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals.applied, 3U);
}

TEST_F(PartitionFoldTest, ARepeatInTheTopicIsCountedOnceByWhomeverItIsFolded) {
  Member& first = add_member();
  Member& second = add_member();
  push(EventBuilder("a", "m1").id(1));
  first.group.assign({1});
  ASSERT_TRUE(first.fold.step(0ms).ok());
  push(EventBuilder("a", "m1").id(1));
  push(EventBuilder("a", "other").id(1));
  second.group.assign({1});
  ASSERT_TRUE(second.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals, (FoldTotals{.applied = 1, .deduplicated = 2}));
  EXPECT_TRUE(store_.deduplicated()[1].conflict);
}

TEST_F(PartitionFoldTest, WhatIsNoEventBecomesADeadLetterWithItsReason) {
  Member& member = add_member();
  log_.push(EventBuilder("a", "m1").build(), 0, "not JSON");
  member.group.assign({1});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals, (FoldTotals{.dead_lettered = 1}));
  EXPECT_EQ(store_.dead_letters(9).value().at(0).reason, "not JSON");
}

TEST_F(PartitionFoldTest, AStateAheadOfTheLogIsDataLoss) {
  Member& member = add_member();
  for (int i = 0; i < 3; ++i) push(EventBuilder("a", "m1").id(static_cast<std::uint64_t>(i)));
  member.group.assign({1});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  FakePartitionedLog emptied(4);
  Member late(emptied, store_, nullptr);
  late.group.assign({1});
  const Result<void> stepped = late.fold.step(0ms);
  ASSERT_FALSE(stepped.ok());
  EXPECT_EQ(stepped.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(stepped.error().message.find("k:1:0"), std::string::npos) << stepped.error().message;
}

TEST_F(PartitionFoldTest, StoresThePartitionsOfAStepTogether) {
  Member& member = add_member();
  for (const char* user : {"a", "bb", "ccc"}) push(EventBuilder(user, "m1"));
  member.group.assign({0, 1, 2, 3});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(store_.applies(), 1U);
  EXPECT_EQ(stored().totals.applied, 3U);
  EXPECT_EQ(changed_.size(), 3U);
}

TEST_F(PartitionFoldTest, StoresNothingOfAStepOneOfWhosePartitionsIsAnothersNow) {
  Member& paused = add_member();
  Member& successor = add_member();
  paused.group.assign({1, 2});
  ASSERT_TRUE(paused.fold.step(0ms).ok());
  successor.group.assign({2});
  ASSERT_TRUE(successor.fold.step(0ms).ok());
  push(EventBuilder("a", "m1"));
  push(EventBuilder("bb", "m1"));
  EXPECT_FALSE(paused.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals, FoldTotals());
  EXPECT_TRUE(changed_.empty());
}

TEST_F(PartitionFoldTest, AViewerInTwoPartitionsIsFoldedOneAfterTheOther) {
  Member& member = add_member();
  const EventBuilder first = EventBuilder("a", "m1").id(1);
  log_.push_to(1, first.build(), first.fingerprint());
  log_.push_to(2, first.build(), first.fingerprint());  // the same again
  const EventBuilder second = EventBuilder("a", "m2").id(2);
  log_.push_to(2, second.build(), second.fingerprint());
  member.group.assign({1, 2});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals, (FoldTotals{.applied = 2, .deduplicated = 1}));
  EXPECT_EQ(store_.find_profile(UserId("a")).value()->history_size, 2U);
}

TEST_F(PartitionFoldTest, AFailedStoreIsAskedAgainWhereItStands) {
  Member& member = add_member();
  push(EventBuilder("a", "m1"));
  member.group.assign({1});
  ASSERT_TRUE(member.fold.step(0ms).ok());
  push(EventBuilder("a", "m2"));
  member.store.fail_next_writes(1, kAway);
  EXPECT_FALSE(member.fold.step(0ms).ok());
  member.store.fail_next_writes(1, kAway);  // of the claim
  EXPECT_FALSE(member.fold.step(0ms).ok());
  ASSERT_TRUE(member.fold.step(0ms).ok());
  EXPECT_EQ(stored().totals.applied, 2U);
}

TEST_F(PartitionFoldTest, FoldsOnAThreadOfItsOwnUntilStopped) {
  Member& member = add_member();
  member.group.assign({0, 1, 2, 3});
  member.fold.start();
  push(EventBuilder("a", "m1"));
  for (int i = 0; i < 5'000 && stored().totals.applied < 1; ++i) std::this_thread::sleep_for(2ms);
  EXPECT_EQ(stored().totals.applied, 1U);
  EXPECT_TRUE(member.fold.health().ok());
  member.fold.stop();
}

// Members come, go, are paused and meet a store that fails; at the end every event is counted once
// and the state is that of one process which folded everything in order.
TEST_F(PartitionFoldTest, WhateverTheGroupDoesTheStateIsThatOfOneProcess) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Rng rng(seed);
    FakePartitionedLog log(4);
    FakeProfileStore store;
    std::array<std::unique_ptr<Member>, 3> members;
    const auto start = [&](std::size_t i) {
      members[i] = std::make_unique<Member>(log, store, nullptr);
    };
    for (std::size_t i = 0; i < members.size(); ++i) start(i);
    const auto assign = [&](Rng& from) {
      std::array<std::vector<std::int32_t>, 3> shares;
      for (std::int32_t p = 0; p < 4; ++p) shares[from.below(3)].push_back(p);
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (from.below(5) != 0) members[i]->group.assign(shares[i]);  // else it has not heard yet
      }
    };
    for (int step = 0; step < 300; ++step) {
      const std::size_t i = rng.below(members.size());
      switch (rng.below(12)) {
        case 0:
          assign(rng);
          break;
        case 1:
          start(i);  // killed and started anew: without an assignment
          break;
        case 2:
          members[i]->store.fail_next(1, kAway);
          break;
        case 3:
        case 4:
        case 5: {
          const std::string user(1 + rng.below(6), 'u');
          const auto event = EventBuilder(user, "m" + std::to_string(rng.below(5)),
                                          rng.below(2) == 0 ? EventType::kLike : EventType::kView)
                                 .id(rng.below(60));
          log.push(event.build(), event.fingerprint());
          break;
        }
        default:
          (void)members[i]->fold.step(0ms);
      }
    }
    members[0]->group.assign({0, 1, 2, 3});
    for (int i = 0; i < 200; ++i) (void)members[0]->fold.step(0ms);
    FakeProfileStore alone;
    ASSERT_TRUE(
        fold_from_zero(nullptr, &log, std::nullopt, alone, members[0]->movies, 1 << 20).ok());
    EXPECT_EQ(store.totals().value().totals, alone.totals().value().totals) << "seed " << seed;
    EXPECT_EQ(hash_state(store, members[0]->movies).value().hex,
              hash_state(alone, members[0]->movies).value().hex)
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace marquee::speed
