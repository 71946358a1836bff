// The small containers of the fold's state against standard maps, under many random changes.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "domain/movie_counts.h"
#include "domain/movie_table.h"
#include "domain/user_profile.h"

namespace marquee {
namespace {

using Changes = std::vector<std::tuple<std::uint8_t, std::int8_t, std::int8_t>>;

RC_GTEST_PROP(MovieCountsProperty, WhatIsAddedAndTakenAwayLeavesTheSums, (const Changes& changes)) {
  MovieCounts counts;
  std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> sums;
  for (const auto& [movie, day, delta] : changes) {
    counts.add({movie, day, delta});
    sums[{movie, day}] += delta;
  }
  std::erase_if(sums, [](const auto& entry) { return entry.second == 0; });
  std::size_t found = 0;
  std::int32_t latest = 0;
  for (MovieKey movie = 0; movie < 256; ++movie) {
    for (const DayCount& entry : counts.days_of(movie)) {
      RC_ASSERT(sums.contains({movie, entry.day}));
      RC_ASSERT((sums[{movie, entry.day}] == entry.count));
      latest = std::max(latest, entry.day);
      ++found;
    }
  }
  RC_ASSERT(found == sums.size());
  RC_ASSERT(counts.latest_day() == latest);
}

RC_GTEST_PROP(MovieCountsProperty, UndoingEveryChangeInAnyOrderLeavesNoDay,
              (const Changes& changes, std::uint64_t seed)) {
  MovieCounts counts;
  for (const auto& [movie, day, delta] : changes) counts.add({movie, day, 1});
  Changes shuffled = changes;
  Rng rng(seed);
  for (std::size_t i = shuffled.size(); i > 1; --i) {
    std::swap(shuffled[i - 1], shuffled[rng.below(i)]);
  }
  for (const auto& [movie, day, delta] : shuffled) counts.add({movie, day, -1});
  for (MovieKey movie = 0; movie < 256; ++movie) RC_ASSERT(counts.days_of(movie).empty());
  RC_ASSERT(counts.latest_day() == 0);
}

TEST(MovieCountsEdge, AChangeByNothingIsNoDay) {
  MovieCounts counts;
  counts.add({1, 100, 0});
  EXPECT_TRUE(counts.days_of(1).empty());
  EXPECT_EQ(counts.latest_day(), 0);
}

RC_GTEST_PROP(UserProfileProperty, FindsExactlyTheFilmsThatHaveAState,
              (const std::vector<std::uint8_t>& movies)) {
  UserProfile profile;
  std::map<MovieKey, std::uint32_t> wanted;
  for (const std::uint8_t movie : movies) {
    ++profile.state_of(movie).seen;
    ++wanted[movie];
  }
  RC_ASSERT(std::ranges::is_sorted(profile.movies, {}, &MovieState::movie));
  RC_ASSERT(profile.movies.size() == wanted.size());
  for (MovieKey movie = 0; movie < 257; ++movie) {
    const MovieState* state = profile.find(movie);
    RC_ASSERT((state != nullptr) == wanted.contains(movie));
    if (state != nullptr) RC_ASSERT(state->movie == movie && state->seen == wanted[movie]);
  }
}

TEST(UserProfileEdge, ANewStateSaysNothingYet) {
  UserProfile profile;
  EXPECT_EQ(profile.state_of(7), (MovieState{.movie = 7}));
  const MovieState& state = profile.state_of(7);
  EXPECT_EQ(state.seen + state.positive + state.hidden, 0U);
  EXPECT_FALSE(state.watchlisted);
}

RC_GTEST_PROP(MovieTableProperty, EveryIdHasOneKeyAndEveryKeyItsId,
              (const std::vector<std::string>& ids)) {
  MovieTable table;
  std::map<std::string, MovieKey> wanted;
  for (const std::string& id : ids) {
    const auto fresh = static_cast<MovieKey>(wanted.size());
    const MovieKey key = wanted.try_emplace(id, fresh).first->second;
    RC_ASSERT(table.intern(MovieId(id)) == key);
  }
  RC_ASSERT(table.size() == wanted.size());
  for (const auto& [id, key] : wanted) {
    RC_ASSERT(table.find(id) == key);
    RC_ASSERT(table.id_of(key) == MovieId(id));
    RC_ASSERT(table.find(id + "#").has_value() == wanted.contains(id + "#"));
  }
}

}  // namespace
}  // namespace marquee
