#include "speed/state_follower.h"

#include <atomic>
#include <map>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "speed/fold_processor.h"
#include "speed/store_away_for_test.h"
#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"

namespace marquee::speed {
namespace {

using namespace std::chrono_literals;
using testing::EventBuilder;
using testing::FakeEventLog;
using testing::FakeProfileStore;
using testing::ManualClock;

std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> counts_of(const FoldedState& state) {
  std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> counts;
  state.read_counts([&](const MovieCounts& stored) {
    for (MovieKey movie = 0; movie < stored.size(); ++movie) {
      for (const DayCount& day : stored.days_of(movie)) counts[{movie, day.day}] = day.count;
    }
  });
  return counts;
}

/// One process folds; the follower is another, with its own door to the store.
class StateFollowerTest : public ::testing::Test {
 protected:
  StateFollowerTest() {
    auto folding = FoldProcessor::load(log_, store_, movies_, clock_, fold_metrics_, nullptr, {});
    EXPECT_TRUE(folding.ok());
    fold_ = std::move(folding).value();
  }
  void fold(const EventBuilder& event) {
    (void)log_.push_unchecked(event.build(), event.fingerprint());
    ASSERT_TRUE(fold_->step(0ms).ok() && fold_->store().ok());
  }
  std::unique_ptr<StateFollower> follow() {
    auto loaded = StateFollower::load(
        door_, clock_, metrics_,
        [this](const UserId& user, std::uint64_t version) { changed_[user] = version; }, {});
    EXPECT_TRUE(loaded.ok());
    return std::move(loaded).value();
  }
  void expect_same(StateFollower& follower) {
    EXPECT_EQ(counts_of(follower.state()), counts_of(fold_->state()));
    EXPECT_EQ(follower.state().applied(), fold_->state().applied());
    EXPECT_EQ(follower.totals(), fold_->totals());
    for (const char* user : {"u0", "u1", "u2", "u3"}) {
      const auto followed = follower.state().find(UserId(user));
      const auto folded = fold_->state().find(UserId(user));
      ASSERT_EQ(followed == nullptr, folded == nullptr) << user;
      if (folded != nullptr) {
        EXPECT_EQ(*followed, *folded) << user;
      }
    }
  }

  ManualClock clock_;
  MovieTable movies_;
  FakeEventLog log_{clock_};
  FakeProfileStore store_;
  FakeProfileStore door_{store_};
  telemetry::Metrics fold_metrics_;
  telemetry::Metrics metrics_;
  std::unique_ptr<FoldProcessor> fold_;
  std::map<UserId, std::uint64_t> changed_;
};

TEST_F(StateFollowerTest, StartsWithWhatIsStored) {
  fold(EventBuilder("u1", "m1", EventType::kLike));
  const auto follower = follow();
  expect_same(*follower);
  EXPECT_TRUE(changed_.empty());
}

TEST_F(StateFollowerTest, ShowsWhatAnotherProcessStored) {
  const auto follower = follow();
  fold(EventBuilder("u1", "m1", EventType::kLike));
  EXPECT_EQ(follower->state().find(UserId("u1")), nullptr);
  ASSERT_TRUE(follower->step(0ms).ok());
  expect_same(*follower);
  EXPECT_EQ(changed_, (std::map<UserId, std::uint64_t>{{UserId("u1"), 1}}));
}

TEST_F(StateFollowerTest, WhoWaitsForAnEventIsToldWhenItIsShown) {
  const auto follower = follow();
  std::optional<bool> applied;
  follower->state().when_applied(Offset{Offset::kEmbedded, 0}, clock_.steady() + 1h,
                                 [&](bool shown) { applied = shown; });
  ASSERT_TRUE(follower->step(0ms).ok());
  EXPECT_FALSE(applied.has_value());
  fold(EventBuilder("u1", "m1"));
  ASSERT_TRUE(follower->step(0ms).ok());
  EXPECT_EQ(applied, true);
}

TEST_F(StateFollowerTest, AlwaysEqualsTheStateOfTheProcessThatFolds) {
  const auto follower = follow();
  Rng rng(5);
  for (std::uint64_t i = 0; i < 400; ++i) {
    const std::string user = "u" + std::to_string(rng.below(4));
    const std::string movie = "m" + std::to_string(rng.below(7));
    if (i > 10 && rng.below(4) == 0) {
      fold(EventBuilder(user, movie, EventType::kUndo).id(i).undoes(rng.below(i)));
    } else {
      fold(EventBuilder(user, movie, EventType::kLike)
               .id(i)
               .at(static_cast<std::int64_t>(rng.below(4)) * 86'400'000));
    }
    if (rng.below(3) != 0) continue;
    ASSERT_TRUE(follower->step(0ms).ok());
    expect_same(*follower);
  }
}

TEST_F(StateFollowerTest, AfterARebuildItForgetsWhomTheStateNoLongerHas) {
  fold(EventBuilder("u1", "m1", EventType::kLike));
  fold(EventBuilder("u2", "m1", EventType::kLike));
  const auto follower = follow();
  ASSERT_TRUE(store_.reset().ok());
  FakeEventLog other(clock_);
  (void)other.push_unchecked(EventBuilder("u2", "m2", EventType::kLike).build(), 0);
  fold_ = FoldProcessor::load(other, store_, movies_, clock_, fold_metrics_, nullptr, {}).value();
  ASSERT_TRUE(fold_->step(0ms).ok() && fold_->store().ok());
  ASSERT_TRUE(follower->step(0ms).ok());
  EXPECT_EQ(counts_of(follower->state()), counts_of(fold_->state()));
  EXPECT_EQ(*follower->state().find(UserId("u1")), UserProfile());
  EXPECT_EQ(*follower->state().find(UserId("u2")), *fold_->state().find(UserId("u2")));
}

TEST_F(StateFollowerTest, ServesOnWhatItHasWhileTheStoreIsAway) {
  fold(EventBuilder("u1", "m1", EventType::kLike));
  const auto follower = follow();
  fold(EventBuilder("u1", "m2", EventType::kLike));
  door_.fail_next(1, kAway);
  EXPECT_FALSE(follower->step(0ms).ok());
  EXPECT_EQ(follower->state().find(UserId("u1"))->history_size, 1U);
  ASSERT_TRUE(follower->step(0ms).ok());
  expect_same(*follower);
}

TEST_F(StateFollowerTest, FollowsOnAThreadOfItsOwn) {
  auto started = StateFollower::start(door_, clock_, metrics_, nullptr, {});
  ASSERT_TRUE(started.ok());
  const auto follower = std::move(started).value();
  std::atomic<int> told = -1;
  follower->state().when_applied(Offset{Offset::kEmbedded, 0}, clock_.steady() + 1h,
                                 [&](bool shown) { told = shown ? 1 : 0; });
  fold(EventBuilder("u1", "m1"));
  for (int i = 0; i < 5'000 && told < 0; ++i) std::this_thread::sleep_for(2ms);
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(follower->health().ok());
  follower->stop();
}

}  // namespace
}  // namespace marquee::speed
