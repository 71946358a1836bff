#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/fold_changes.h"
#include "ports/profile_store.h"

namespace marquee::testing {

/// What every FoldChanges must do. `Harness` is default-constructible with an empty store, and has
///   ProfileStore& store();    which folds, and in another process's place
///   FoldChanges& changes();   which follows
template <typename Harness>
class FoldChangesContract : public ::testing::Test {
 protected:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLong{60'000};

  ProfileStore& store() { return harness_.store(); }
  FoldChanges& follower() { return harness_.changes(); }

  struct Seen {
    std::map<std::string, UserProfile> profiles;
    FoldPosition at;
  };
  Seen changes_since(const std::optional<FoldPosition>& seen) {
    Seen found;
    auto at = follower().changes(seen, [&](const UserId& user, UserProfile profile) {
      EXPECT_TRUE(found.profiles.emplace(user.value(), std::move(profile)).second);
    });
    EXPECT_TRUE(at.ok()) << at.error().message;
    if (at.ok()) found.at = *at;
    return found;
  }
  static std::vector<std::string> names(const Seen& seen) {
    std::vector<std::string> users;
    for (const auto& [user, profile] : seen.profiles) users.push_back(user);
    return users;
  }
  /// Folds a step after which `user`'s last event is `offset`, or imported history when there is
  /// none.
  void fold(const std::string& user, std::optional<Offset> offset) {
    FoldBatch step;
    step.before = store().totals()->cursor;
    step.after = step.before;
    step.totals = store().totals()->totals;
    auto profile = std::make_shared<UserProfile>();
    profile->version = ++version_;
    profile->last_offset = offset;
    if (offset) {
      ++step.totals.applied;
      step.after.set_next(offset->partition, offset->sequence + 1);
    } else {
      ++step.totals.history;
    }
    step.profiles.emplace_back(UserId(user), std::move(profile));
    const auto stored = store().apply(step);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
  }
  Clock::duration time_of_wait(const FoldPosition& seen, std::chrono::milliseconds wait) {
    const auto begun = Clock::now();
    const auto waited = follower().wait_for_change(seen, wait);
    EXPECT_TRUE(waited.ok());
    return Clock::now() - begun;
  }

  Harness harness_;
  std::uint64_t version_ = 0;
};

TYPED_TEST_SUITE_P(FoldChangesContract);

TYPED_TEST_P(FoldChangesContract, StartsWithNothing) {
  const auto all = this->changes_since(std::nullopt);
  EXPECT_TRUE(all.profiles.empty());
  EXPECT_EQ(all.at.folded.totals, FoldTotals{});
  EXPECT_TRUE(all.at.folded.cursor.partitions().empty());
}

TYPED_TEST_P(FoldChangesContract, GivesEveryProfileToWhoHasSeenNothing) {
  this->fold("imported", std::nullopt);
  this->fold("u1", Offset{0, 0});
  this->fold("u2", Offset{1, 0});
  const auto all = this->changes_since(std::nullopt);
  EXPECT_EQ(this->names(all), (std::vector<std::string>{"imported", "u1", "u2"}));
  EXPECT_EQ(all.profiles.at("u2").last_offset, (Offset{1, 0}));
  EXPECT_EQ(all.at.folded.totals, (FoldTotals{2, 0, 0, 1}));
  EXPECT_EQ(all.at.folded.cursor, this->store().totals()->cursor);
}

TYPED_TEST_P(FoldChangesContract, GivesWhatCameSinceAndNoMore) {
  this->fold("u1", Offset{0, 0});
  this->fold("u2", Offset{0, 1});
  const auto first = this->changes_since(std::nullopt);
  EXPECT_TRUE(this->changes_since(first.at).profiles.empty());
  this->fold("u2", Offset{0, 2});
  this->fold("u3", Offset{0, 3});
  const auto since = this->changes_since(first.at);
  EXPECT_EQ(this->names(since), (std::vector<std::string>{"u2", "u3"}));
  EXPECT_EQ(since.profiles.at("u2").version, 3U) << "as it stands now";
  EXPECT_TRUE(this->changes_since(since.at).profiles.empty());
}

TYPED_TEST_P(FoldChangesContract, ComparesEachPartitionWithItsOwnPlace) {
  for (std::uint64_t i = 0; i < 3; ++i) this->fold("u1", Offset{0, i});
  this->fold("u2", Offset{1, 0});
  this->fold("u3", Offset{2, 0});
  FoldPosition seen;
  seen.folded.cursor.set_next(0, 3);
  seen.folded.cursor.set_next(1, 1);
  EXPECT_EQ(this->names(this->changes_since(seen)), (std::vector<std::string>{"u3"}))
      << "a partition that was not seen is all new";
  seen.folded.cursor.set_next(0, 2);
  EXPECT_EQ(this->names(this->changes_since(seen)), (std::vector<std::string>{"u1", "u3"}));
}

TYPED_TEST_P(FoldChangesContract, LeavesOutImportedHistoryThatWasSeenWithTheFirst) {
  this->fold("imported", std::nullopt);
  this->fold("u1", Offset{0, 0});
  const auto first = this->changes_since(std::nullopt);
  this->fold("u2", Offset{0, 1});
  EXPECT_EQ(this->names(this->changes_since(first.at)), (std::vector<std::string>{"u2"}));
}

TYPED_TEST_P(FoldChangesContract, SaysThatARebuildBegan) {
  this->fold("u1", Offset{0, 0});
  const auto before = this->changes_since(std::nullopt);
  ASSERT_TRUE(this->store().reset().ok());
  const auto after = this->changes_since(std::nullopt);
  EXPECT_TRUE(after.profiles.empty());
  EXPECT_EQ(after.at.rebuilds, before.at.rebuilds + 1);
  EXPECT_EQ(after.at.folded.totals, FoldTotals{});
}

TYPED_TEST_P(FoldChangesContract, DoesNotWaitWhenItIsBehind) {
  const auto start = this->changes_since(std::nullopt);
  this->fold("u1", Offset{0, 0});
  EXPECT_LT(this->time_of_wait(start.at, this->kLong), this->kLong / 2);
  const auto folded = this->changes_since(std::nullopt);
  ASSERT_TRUE(this->store().reset().ok());
  EXPECT_LT(this->time_of_wait(folded.at, this->kLong), this->kLong / 2) << "a rebuild is a change";
}

TYPED_TEST_P(FoldChangesContract, WakesWithTheNextStep) {
  this->fold("u1", Offset{0, 0});
  const auto now = this->changes_since(std::nullopt);
  // Waking early is allowed: so wait until it has moved on, as a follower does.
  std::jthread folding([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    this->fold("u1", Offset{0, 1});
  });
  const auto begun = std::chrono::steady_clock::now();
  while (this->changes_since(now.at).profiles.empty()) {
    this->time_of_wait(now.at, this->kLong);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, this->kLong / 2);
}

TYPED_TEST_P(FoldChangesContract, WaitsNoLongerThanItIsTold) {
  this->fold("u1", Offset{0, 0});
  const auto now = this->changes_since(std::nullopt);
  EXPECT_LT(this->time_of_wait(now.at, std::chrono::milliseconds(50)), this->kLong / 2);
  EXPECT_LT(this->time_of_wait(now.at, std::chrono::milliseconds(0)), this->kLong / 2);
}

TYPED_TEST_P(FoldChangesContract, LetsSeveralThreadsWait) {
  this->fold("u1", Offset{0, 0});
  const auto now = this->changes_since(std::nullopt);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const auto begun = std::chrono::steady_clock::now();
      while (this->changes_since(now.at).profiles.empty()) {
        this->time_of_wait(now.at, this->kLong);
      }
      EXPECT_LT(std::chrono::steady_clock::now() - begun, this->kLong / 2);
    });
  }
  this->fold("u2", Offset{0, 1});
}

REGISTER_TYPED_TEST_SUITE_P(FoldChangesContract, StartsWithNothing,
                            GivesEveryProfileToWhoHasSeenNothing, GivesWhatCameSinceAndNoMore,
                            ComparesEachPartitionWithItsOwnPlace,
                            LeavesOutImportedHistoryThatWasSeenWithTheFirst, SaysThatARebuildBegan,
                            DoesNotWaitWhenItIsBehind, WakesWithTheNextStep,
                            WaitsNoLongerThanItIsTold, LetsSeveralThreadsWait);

}  // namespace marquee::testing
