#include "speed/profile_difference.h"

#include <map>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "speed/fold.h"
#include "testing/event_builder.h"

namespace marquee::speed {
namespace {

using testing::EventBuilder;
using Sums = std::map<std::pair<MovieKey, std::int32_t>, std::int32_t>;

void add(Sums& sums, const std::vector<CountDelta>& deltas) {
  for (const CountDelta& delta : deltas) {
    auto& sum = sums[{delta.movie, delta.day}];
    sum += delta.delta;
    if (sum == 0) sums.erase({delta.movie, delta.day});
  }
}

EventBuilder any_event(Rng& rng) {
  const std::string movie = "m" + std::to_string(rng.below(6));
  const auto type = static_cast<EventType>(rng.below(static_cast<std::uint64_t>(EventType::kUndo)));
  return EventBuilder("u1", movie, type)
      .value(1.0 + static_cast<double>(rng.below(4)))
      .at(static_cast<std::int64_t>(rng.below(5)) * 86'400'000);
}

TEST(ProfileDifference, IsWhatTheFoldCountedBetweenTwoProfiles) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    MovieTable movies;
    UserProfile profile;
    UserProfile seen;
    std::vector<AppliedEvent> rows;
    Sums folded;
    Sums followed;
    for (int i = 0; i < 80; ++i) {
      std::vector<CountDelta> counts;
      FoldItem item{any_event(rng).build(), Offset{0, static_cast<std::uint64_t>(i)}, 0};
      AppliedEvent* undone = nullptr;
      if (!rows.empty() && rng.below(4) == 0) {
        undone = &rows[rng.below(rows.size())];
        item.event.type = EventType::kUndo;
        item.event.undoes = undone->event.event_id;
      }
      const FoldStep step = apply_event(profile, counts, item, undone, movies);
      if (step.undone_seq) undone->undone = true;
      rows.push_back(step.row);
      add(folded, counts);
      if (rng.below(3) != 0) continue;  // a follower sees some of the profiles only
      std::vector<CountDelta> difference;
      append_count_difference(UserId("u1"), &seen, profile, difference);
      add(followed, difference);
      seen = profile;
      ASSERT_EQ(followed, folded) << "seed " << seed << ", event " << i;
    }
  }
}

TEST(ProfileDifference, OfANewViewerIsAllThatTheyCountFor) {
  UserProfile profile;
  profile.movies = {{.movie = 2, .positive = 1, .counted_day = 7}, {.movie = 3, .seen = 1}};
  std::vector<CountDelta> counts;
  append_count_difference(UserId("u1"), nullptr, profile, counts);
  EXPECT_EQ(counts, (std::vector<CountDelta>{{2, 7, 1}}));
}

TEST(ProfileDifference, TakesBackTheCountsOfAViewerWhoIsGone) {
  UserProfile profile;
  profile.movies = {{.movie = 2, .positive = 1, .counted_day = 7}};
  std::vector<CountDelta> counts;
  append_count_difference(UserId("u1"), &profile, UserProfile(), counts);
  EXPECT_EQ(counts, (std::vector<CountDelta>{{2, 7, -1}}));
}

TEST(ProfileDifference, OfAReservedViewerIsNothing) {
  UserProfile profile;
  profile.movies = {{.movie = 2, .positive = 1, .counted_day = 7}};
  std::vector<CountDelta> counts;
  append_count_difference(UserId("marquee:canary"), nullptr, profile, counts);
  EXPECT_TRUE(counts.empty());
}

}  // namespace
}  // namespace marquee::speed
