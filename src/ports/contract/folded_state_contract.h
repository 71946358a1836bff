#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "ports/folded_state.h"
#include "ports/profile_store.h"

namespace marquee::testing {

/// What every FoldedState must do. `Harness` is default-constructible with an empty state and has
///   FoldedState& state();  void publish(const FoldBatch&);
///   void let_deadlines_pass();   // called again and again while one is waited for
/// and measures deadlines by the real steady clock.
template <typename Harness>
class FoldedStateContract : public ::testing::Test {
 protected:
  using Deadline = std::chrono::steady_clock::time_point;

  FoldedState& state() { return harness_.state(); }

  /// A step up to `next` of the embedded log after which u1 stands at version `next`.
  static FoldBatch step_to(std::uint64_t next, std::vector<CountDelta> counts = {}) {
    FoldBatch batch;
    batch.profiles.emplace_back(UserId("u1"), profile_of(next));
    batch.counts = std::move(counts);
    batch.after.set_next(Offset::kEmbedded, next);
    return batch;
  }
  static std::shared_ptr<const UserProfile> profile_of(std::uint64_t version) {
    auto profile = std::make_shared<UserProfile>();
    profile->version = version;
    return profile;
  }
  /// A step up to `next` after which `user` likes `movies`, in this order.
  static FoldBatch step_of(const std::string& user, std::uint64_t next,
                           const std::vector<MovieKey>& movies) {
    auto profile = std::make_shared<UserProfile>();
    for (const MovieKey movie : movies) {
      profile->recent.push_back({movie, EventType::kLike, std::nullopt, 0, profile->version++});
    }
    FoldBatch batch;
    batch.profiles.emplace_back(UserId(user), std::move(profile));
    batch.after.set_next(Offset::kEmbedded, next);
    return batch;
  }
  std::int32_t weight_of(MovieKey from, MovieKey to) {
    std::int32_t weight = 0;
    state().read_transitions([&](const TransitionCounts& counts) {
      for (const Transition& entry : counts.from(from)) weight += entry.to == to ? entry.weight : 0;
    });
    return weight;
  }
  static Offset at(std::uint64_t sequence) { return {Offset::kEmbedded, sequence}; }
  static Deadline in(std::chrono::milliseconds wait) {
    return std::chrono::steady_clock::now() + wait;
  }
  std::int32_t count_of(MovieKey movie) {
    std::int32_t sum = 0;
    state().read_counts([&](const MovieCounts& counts) {
      for (const DayCount& day : counts.days_of(movie)) sum += day.count;
    });
    return sum;
  }
  /// What `answer` becomes, waited for generously.
  std::optional<bool> eventually(std::future<bool>& answer) {
    for (int i = 0; i < 2'000; ++i) {
      harness_.let_deadlines_pass();
      if (answer.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready) {
        return answer.get();
      }
    }
    return std::nullopt;
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(FoldedStateContract);

TYPED_TEST_P(FoldedStateContract, StartsEmpty) {
  EXPECT_EQ(this->state().find(UserId("u1")), nullptr);
  EXPECT_EQ(this->state().applied(), Cursor());
  EXPECT_EQ(this->count_of(0), 0);
  std::size_t films = 1;
  this->state().read_counts([&](const MovieCounts& counts) { films = counts.size(); });
  EXPECT_EQ(films, 0U);
}

TYPED_TEST_P(FoldedStateContract, ShowsEachViewersNewestProfile) {
  auto both = this->step_to(1);
  both.profiles.emplace_back(UserId("u2"), this->profile_of(40));
  this->harness_.publish(both);
  this->harness_.publish(this->step_to(2));
  EXPECT_EQ(this->state().find(UserId("u1"))->version, 2U);
  EXPECT_EQ(this->state().find(UserId("u2"))->version, 40U);
  EXPECT_EQ(this->state().find(UserId("u3")), nullptr);
  EXPECT_EQ(this->state().applied().next(Offset::kEmbedded), 2U);
}

TYPED_TEST_P(FoldedStateContract, NeverChangesAProfileThatWasHandedOut) {
  this->harness_.publish(this->step_to(1));
  const auto held = this->state().find(UserId("u1"));
  for (std::uint64_t next = 2; next < 20; ++next) this->harness_.publish(this->step_to(next));
  EXPECT_EQ(*held, *this->profile_of(1));
}

TYPED_TEST_P(FoldedStateContract, AddsUpCountsAndSaysThatTheyChanged) {
  const auto versions = [this] { return this->state().counts_version(); };
  auto before = versions();
  this->harness_.publish(this->step_to(1, {{3, 100, 2}, {9, 100, 1}}));
  EXPECT_GT(versions(), before);
  before = versions();
  this->harness_.publish(this->step_to(2, {{3, 101, 4}, {9, 100, -1}}));
  EXPECT_GT(versions(), before);
  EXPECT_EQ(this->count_of(3), 6);
  EXPECT_EQ(this->count_of(9), 0);
  std::int32_t latest = 0;
  this->state().read_counts([&](const MovieCounts& counts) { latest = counts.latest_day(); });
  EXPECT_EQ(latest, 101);
}

TYPED_TEST_P(FoldedStateContract, TellsWhatViewersLikedAfterWhatAsTheirProfilesSay) {
  this->harness_.publish(this->step_of("u1", 1, {5, 6}));
  this->harness_.publish(this->step_of("u2", 2, {5, 7, 6}));
  EXPECT_EQ(this->weight_of(5, 6), TransitionCounts::kWeights[0] + TransitionCounts::kWeights[1]);
  this->harness_.publish(this->step_of("u2", 3, {5, 7}));
  EXPECT_EQ(this->weight_of(5, 6), TransitionCounts::kWeights[0]);
  EXPECT_EQ(this->weight_of(7, 6), 0);
}

TYPED_TEST_P(FoldedStateContract, NamesTheFirstViewersOfAFilm) {
  this->harness_.publish(this->step_of("u1", 1, {5, 6}));
  this->harness_.publish(this->step_of("u2", 2, {6}));
  const auto viewers = [this](MovieKey movie) {
    auto ids = this->state().first_viewers(movie);
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  EXPECT_EQ(viewers(6), (std::vector<UserId>{UserId("u1"), UserId("u2")}));
  EXPECT_EQ(viewers(5), std::vector<UserId>{UserId("u1")});
  EXPECT_TRUE(viewers(99).empty());
  this->harness_.publish(this->step_of("u1", 3, {6}));
  EXPECT_TRUE(viewers(5).empty());
  for (std::uint64_t i = 0; i < 100; ++i) {
    this->harness_.publish(this->step_of("v" + std::to_string(i), 4 + i, {8}));
  }
  EXPECT_EQ(viewers(8).size(), FoldedState::kFirstViewersMax);
}

TYPED_TEST_P(FoldedStateContract, AnswersAtOnceAndOnTheCallersThreadForWhatIsApplied) {
  this->harness_.publish(this->step_to(5));
  for (const std::uint64_t sequence : {0U, 4U}) {
    std::optional<bool> answer;
    std::thread::id thread;
    this->state().when_applied(this->at(sequence), this->in(std::chrono::hours(1)), [&](bool is) {
      answer = is;
      thread = std::this_thread::get_id();
    });
    EXPECT_EQ(answer, true);
    EXPECT_EQ(thread, std::this_thread::get_id());
  }
}

TYPED_TEST_P(FoldedStateContract, SaysThatSomethingIsAppliedEvenAfterItsDeadline) {
  this->harness_.publish(this->step_to(5));
  std::optional<bool> answer;
  this->state().when_applied(this->at(4), this->in(std::chrono::hours(-1)),
                             [&](bool is) { answer = is; });
  EXPECT_EQ(answer, true);
}

TYPED_TEST_P(FoldedStateContract, AnswersAtOnceWhenTheDeadlineHasPassedAlready) {
  std::optional<bool> answer;
  this->state().when_applied(this->at(0), this->in(std::chrono::milliseconds(-1)),
                             [&](bool is) { answer = is; });
  EXPECT_EQ(answer, false);
}

TYPED_TEST_P(FoldedStateContract, WaitsForTheStepThatIncludesTheOffset) {
  std::vector<std::uint64_t> answered;
  for (const std::uint64_t sequence : {7U, 2U, 4U}) {
    this->state().when_applied(this->at(sequence), this->in(std::chrono::hours(1)),
                               [&answered, sequence](bool is) {
                                 EXPECT_TRUE(is);
                                 answered.push_back(sequence);
                               });
  }
  this->harness_.publish(this->step_to(2));
  EXPECT_TRUE(answered.empty()) << "2 is the next one, not an applied one";
  this->harness_.publish(this->step_to(3));
  EXPECT_EQ(answered, (std::vector<std::uint64_t>{2}));
  this->harness_.publish(this->step_to(100));
  EXPECT_EQ(answered.size(), 3U);
  this->harness_.publish(this->step_to(101));
  EXPECT_EQ(answered.size(), 3U) << "once each";
}

TYPED_TEST_P(FoldedStateContract, KeepsPartitionsApart) {
  std::optional<bool> answer;
  this->state().when_applied({4, 0}, this->in(std::chrono::hours(1)),
                             [&](bool is) { answer = is; });
  this->harness_.publish(this->step_to(10));
  EXPECT_FALSE(answer.has_value());
  auto step = this->step_to(11);
  step.after.set_next(4, 1);
  this->harness_.publish(step);
  EXPECT_EQ(answer, true);
}

TYPED_TEST_P(FoldedStateContract, GivesUpAtTheDeadlineAndNeverAnswersTwice) {
  auto answer = std::make_shared<std::promise<bool>>();  // a second set_value would throw
  auto future = answer->get_future();
  this->state().when_applied(this->at(3), this->in(std::chrono::milliseconds(15)),
                             [answer](bool is) { answer->set_value(is); });
  EXPECT_EQ(this->eventually(future), false);
  this->harness_.publish(this->step_to(9));
}

TYPED_TEST_P(FoldedStateContract, GivesUpInOrderOfDeadlinesAndNotOfCalls) {
  std::promise<bool> never;
  std::promise<bool> soon;
  auto ends_never = never.get_future();
  auto ends_soon = soon.get_future();
  this->state().when_applied(this->at(3), this->in(std::chrono::hours(24 * 365)),
                             [&](bool is) { never.set_value(is); });
  this->state().when_applied(this->at(3), this->in(std::chrono::milliseconds(15)),
                             [&](bool is) { soon.set_value(is); });
  EXPECT_EQ(this->eventually(ends_soon), false);
  EXPECT_EQ(ends_never.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  this->harness_.publish(this->step_to(4));
  EXPECT_EQ(this->eventually(ends_never), true);
}

TYPED_TEST_P(FoldedStateContract, ShowsTheEventInsideTheCallThatSaysSo) {
  std::uint64_t version = 0;
  bool included = false;
  this->state().when_applied(this->at(6), this->in(std::chrono::hours(1)), [&](bool) {
    version = this->state().find(UserId("u1"))->version;  // must not deadlock either
    included = this->state().applied().includes(this->at(6));
  });
  this->harness_.publish(this->step_to(7));
  EXPECT_EQ(version, 7U);
  EXPECT_TRUE(included);
}

TYPED_TEST_P(FoldedStateContract, NeverClaimsMoreThanItShowsWhileItIsWritten) {
  constexpr std::uint64_t kSteps = 300;
  std::atomic<std::uint64_t> answered = 0;
  std::atomic<std::uint64_t> asked = 0;
  {
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 2; ++reader) {
      readers.emplace_back([&] {
        for (std::uint64_t claimed = 0; claimed < kSteps; std::this_thread::yield()) {
          claimed = this->state().applied().next(Offset::kEmbedded);
          const auto profile = this->state().find(UserId("u1"));
          EXPECT_GE(profile ? profile->version : 0, claimed);
          ++asked;
          this->state().when_applied(this->at(claimed), this->in(std::chrono::hours(1)),
                                     [&](bool is) { answered += is ? 1U : 0U; });
        }
      });
    }
    for (std::uint64_t next = 1; next <= kSteps; ++next) {
      this->harness_.publish(this->step_to(next, {{1, 5, 1}, {2, 5, 1}}));
    }
  }
  this->harness_.publish(this->step_to(kSteps + 1));  // those who asked for the one after the last
  EXPECT_EQ(answered, asked);
}

TYPED_TEST_P(FoldedStateContract, HoldsTheCountsStillWhileTheyAreRead) {
  constexpr std::uint64_t kSteps = 200;
  std::jthread reader([this] {
    const auto one = [](const MovieCounts& counts, MovieKey movie) {
      const auto days = counts.days_of(movie);
      return days.empty() ? 0 : days.front().count;
    };
    std::int32_t seen = 0;
    while (seen < static_cast<std::int32_t>(kSteps)) {
      this->state().read_counts([&](const MovieCounts& counts) {
        seen = one(counts, 1);
        std::this_thread::yield();
        EXPECT_EQ(one(counts, 2), seen) << "a step is seen whole";
      });
    }
  });
  for (std::uint64_t next = 1; next <= kSteps; ++next) {
    this->harness_.publish(this->step_to(next, {{1, 5, 1}, {2, 5, 1}}));
  }
}

REGISTER_TYPED_TEST_SUITE_P(
    FoldedStateContract, StartsEmpty, ShowsEachViewersNewestProfile,
    NeverChangesAProfileThatWasHandedOut, AddsUpCountsAndSaysThatTheyChanged,
    TellsWhatViewersLikedAfterWhatAsTheirProfilesSay, NamesTheFirstViewersOfAFilm,
    AnswersAtOnceAndOnTheCallersThreadForWhatIsApplied,
    SaysThatSomethingIsAppliedEvenAfterItsDeadline, AnswersAtOnceWhenTheDeadlineHasPassedAlready,
    WaitsForTheStepThatIncludesTheOffset, KeepsPartitionsApart,
    GivesUpAtTheDeadlineAndNeverAnswersTwice, GivesUpInOrderOfDeadlinesAndNotOfCalls,
    ShowsTheEventInsideTheCallThatSaysSo, NeverClaimsMoreThanItShowsWhileItIsWritten,
    HoldsTheCountsStillWhileTheyAreRead);

}  // namespace marquee::testing
