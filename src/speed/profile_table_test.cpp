#include "speed/profile_table.h"

#include <future>

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace marquee::speed {
namespace {

using namespace std::chrono_literals;

FoldBatch batch_to(std::uint64_t next, const char* user = "u1") {
  FoldBatch batch;
  auto profile = std::make_shared<UserProfile>();
  profile->version = next;
  batch.profiles.emplace_back(UserId(user), profile);
  batch.after.set_next(Offset::kEmbedded, next);
  return batch;
}

Offset at(std::uint64_t sequence) { return Offset{Offset::kEmbedded, sequence}; }

class ProfileTableTest : public ::testing::Test {
 protected:
  /// When far away, only publish can end the wait.
  auto in(std::chrono::milliseconds wait) const { return clock_.steady() + wait; }

  SystemClock clock_;
  ProfileTable table_{clock_};
};

TEST_F(ProfileTableTest, KnowsNoViewerWithoutEvents) {
  EXPECT_EQ(table_.find(UserId("u1")), nullptr);
  EXPECT_EQ(table_.applied(), Cursor());
}

TEST_F(ProfileTableTest, ShowsWhatIsPublishedAndLeavesHandedOutProfilesAlone) {
  table_.publish(batch_to(1));
  const auto old = table_.find(UserId("u1"));
  table_.publish(batch_to(2));
  EXPECT_EQ(old->version, 1U);
  EXPECT_EQ(table_.find(UserId("u1"))->version, 2U);
  EXPECT_EQ(table_.applied().next(Offset::kEmbedded), 2U);
}

TEST_F(ProfileTableTest, RaisesTheCountsVersionOnlyWhenCountsChange) {
  const std::uint64_t before = table_.counts_version();
  table_.publish(batch_to(1));
  EXPECT_EQ(table_.counts_version(), before);
  FoldBatch batch = batch_to(2);
  batch.counts.push_back({3, 100, 1});
  table_.publish(batch);
  EXPECT_GT(table_.counts_version(), before);
  std::size_t days = 0;
  table_.read_counts([&](const MovieCounts& counts) { days = counts.days_of(3).size(); });
  EXPECT_EQ(days, 1U);
}

TEST_F(ProfileTableTest, AnswersAtOnceForWhatIsAppliedAlready) {
  table_.publish(batch_to(5));
  std::optional<bool> applied;
  table_.when_applied(at(4), in(1h), [&](bool is_applied) { applied = is_applied; });
  EXPECT_EQ(applied, true);
}

TEST_F(ProfileTableTest, AnswersAtOnceWhenTheDeadlineHasPassed) {
  std::optional<bool> applied;
  table_.when_applied(at(0), in(-1ms), [&](bool is_applied) { applied = is_applied; });
  EXPECT_EQ(applied, false);
}

TEST_F(ProfileTableTest, WaitsForThePublishThatIncludesTheOffset) {
  std::optional<bool> applied;
  table_.when_applied(at(2), in(1h), [&](bool is_applied) { applied = is_applied; });
  table_.publish(batch_to(2));
  EXPECT_FALSE(applied.has_value());  // 2 is the next one, not yet applied
  table_.publish(batch_to(3));
  EXPECT_EQ(applied, true);
}

TEST_F(ProfileTableTest, GivesUpAtTheDeadline) {
  std::promise<bool> first;
  std::promise<bool> second;
  table_.when_applied(at(9), in(300ms), [&](bool is_applied) { first.set_value(is_applied); });
  table_.when_applied(at(9), in(20ms), [&](bool is_applied) { second.set_value(is_applied); });
  auto second_done = second.get_future();
  ASSERT_EQ(second_done.wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(second_done.get());
  auto first_done = first.get_future();
  ASSERT_EQ(first_done.wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(first_done.get());
}

TEST_F(ProfileTableTest, WaitsForEverWithoutOverflow) {
  std::promise<bool> done;
  table_.when_applied(at(0), std::chrono::steady_clock::time_point::max(),
                      [&](bool is_applied) { done.set_value(is_applied); });
  auto future = done.get_future();
  EXPECT_EQ(future.wait_for(50ms), std::future_status::timeout);
  table_.publish(batch_to(1));
  EXPECT_TRUE(future.get());
}

TEST(ProfileTable, TellsThoseWhoStillWaitThatItEnds) {
  SystemClock clock;
  std::optional<bool> applied;
  {
    ProfileTable table(clock);
    table.when_applied(at(1), clock.steady() + 1h, [&](bool is_applied) { applied = is_applied; });
  }
  EXPECT_EQ(applied, false);
}

TEST_F(ProfileTableTest, ServesReadersAndWaitersWhileItIsWritten) {
  constexpr std::uint64_t kSteps = 500;
  std::atomic<std::uint64_t> called = 0;
  {
    std::vector<std::jthread> threads;
    for (int reader = 0; reader < 3; ++reader) {
      threads.emplace_back([&] {
        std::uint64_t seen = 0;
        while (seen < kSteps) {
          table_.when_applied(at(seen), in(10s), [&](bool) { ++called; });
          const auto profile = table_.find(UserId("u1"));
          const std::uint64_t version = profile ? profile->version : 0;
          EXPECT_GE(version, seen);  // never back
          seen = std::max(version, seen);
          std::this_thread::yield();
        }
      });
    }
    for (std::uint64_t step = 1; step <= kSteps; ++step) table_.publish(batch_to(step));
  }
  EXPECT_GT(called, 0U);
}

TEST_F(ProfileTableTest, WhoComesWhenAsManyWaitAsMayIsAnsweredAtOnce) {
  ProfileTable small(clock_, 2);
  int waiting = 2;
  for (int i = 0; i < 2; ++i) small.when_applied(at(0), in(1h), [&](bool) { --waiting; });
  std::optional<bool> third;
  small.when_applied(at(0), in(1h), [&](bool is_applied) { third = is_applied; });
  EXPECT_EQ(third, false);
  EXPECT_EQ(waiting, 2);
  EXPECT_EQ(small.waiters(), (QueueState{2, 2, 1}));
  small.publish(batch_to(1));
  EXPECT_EQ(waiting, 0);
  EXPECT_EQ(small.waiters(), (QueueState{0, 2, 1}));
  small.when_applied(at(0), in(1h), [&](bool is_applied) { third = is_applied; });
  EXPECT_EQ(third, true) << "what is applied needs no room";
}

}  // namespace
}  // namespace marquee::speed
