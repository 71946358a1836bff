// The counts of what viewers liked after what, against sums over all pairs of every viewer.
#include "domain/transition_counts.h"

#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

using Sums = std::map<std::tuple<MovieKey, MovieKey, std::int32_t>, std::int32_t>;

std::vector<LikedFilm> films(const std::vector<MovieKey>& keys, std::int32_t day = 640) {
  std::vector<LikedFilm> liked;
  for (const MovieKey key : keys) liked.push_back({key, day});
  return liked;
}

/// The definition: every pair of a viewer's films, at most a window apart.
void add_slowly(Sums& sums, const std::vector<LikedFilm>& liked) {
  for (std::size_t from = 0; from < liked.size(); ++from) {
    for (std::size_t distance = 1; distance <= TransitionCounts::kWeights.size(); ++distance) {
      if (from + distance >= liked.size()) break;
      const LikedFilm& to = liked[from + distance];
      const std::int32_t period = to.day / TransitionCounts::kPeriodDays;
      sums[{liked[from].movie, to.movie, period}] += TransitionCounts::kWeights[distance - 1];
    }
  }
}

Sums sums_of(const TransitionCounts& counts, MovieKey films) {
  Sums sums;
  for (MovieKey from = 0; from < films; ++from) {
    for (const Transition& entry : counts.from(from)) {
      sums[{from, entry.to, entry.period}] = entry.weight;
    }
  }
  return sums;
}

TEST(TransitionCounts, TheNextFilmWeighsMostAndTheWindowEnds) {
  TransitionCounts counts;
  counts.replace({}, films({1, 2, 3, 4, 5, 6, 7}));
  const auto after_1 = counts.from(1);
  ASSERT_EQ(after_1.size(), 5U);
  EXPECT_EQ(after_1[0], (Transition{2, 10, 16}));
  EXPECT_EQ(after_1[4], (Transition{6, 10, 5}));
  EXPECT_TRUE(counts.from(7).empty());
  EXPECT_EQ(counts.latest_period(), 10);
}

TEST(TransitionCounts, ViewersAddUp) {
  TransitionCounts counts;
  counts.replace({}, films({1, 2}));
  counts.replace({}, films({1, 3, 2}));
  ASSERT_EQ(counts.from(1).size(), 2U);
  EXPECT_EQ(counts.from(1)[0], (Transition{2, 10, 28}));
}

TEST(TransitionCounts, WhatIsTakenBackLeavesNothing) {
  TransitionCounts counts;
  counts.replace({}, films({1, 2, 3}));
  counts.replace(films({1, 2, 3}), films({}));
  EXPECT_TRUE(counts.from(1).empty());
  EXPECT_TRUE(counts.from(2).empty());
  EXPECT_EQ(counts.size(), 0U);
}

TEST(TransitionCounts, AFilmKeepsABoundAndTheOldestMakesRoom) {
  TransitionCounts counts;
  const auto max = static_cast<MovieKey>(TransitionCounts::kPerFilmMax);
  counts.replace({}, {{{0, 64}, {1, 64}}});
  for (MovieKey to = 2; to <= max; ++to) counts.replace({}, {{{0, 128}, {to, 128}}});
  EXPECT_EQ(counts.from(0).size(), max);
  EXPECT_EQ(counts.pushed_out(), 0U);
  counts.replace({}, {{{0, 192}, {max + 1, 192}}});
  EXPECT_EQ(counts.from(0).size(), max);
  EXPECT_EQ(counts.pushed_out(), 1U);
  EXPECT_EQ(counts.from(0).front().to, 2U) << "the transition of the oldest period is gone";
  EXPECT_EQ(counts.from(0).back().to, max + 1);
  counts.replace({{{0, 64}, {1, 64}}}, {});
  EXPECT_EQ(counts.from(0).size(), max) << "what was pushed out cannot be taken back twice";
}

/// A step of a viewer's list: films appended, dropped at the front, taken out of the middle.
std::vector<LikedFilm> changed(std::vector<LikedFilm> liked, MovieKey films) {
  const auto place = [&] {
    return liked.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(liked));
  };
  const int steps = *rc::gen::inRange(1, 4);
  for (int i = 0; i < steps; ++i) {
    const int kind = liked.empty() ? 0 : *rc::gen::inRange(0, 4);
    if (kind == 2) {
      liked.erase(liked.begin());
    } else if (kind == 3) {
      liked.erase(place());
    } else {
      const LikedFilm film{*rc::gen::inRange<MovieKey>(0, films), *rc::gen::inRange(0, 300)};
      std::erase_if(liked, [&](const LikedFilm& other) { return other.movie == film.movie; });
      liked.push_back(film);
    }
  }
  return liked;
}

RC_GTEST_PROP(TransitionCounts, AgreeWithAllPairsAfterAnyChanges, ()) {
  constexpr MovieKey kFilms = 24;
  TransitionCounts counts;
  std::vector<std::vector<LikedFilm>> viewers(3);
  const int changes = *rc::gen::inRange(1, 30);
  for (int i = 0; i < changes; ++i) {
    auto& liked = viewers[*rc::gen::inRange<std::size_t>(0, viewers.size())];
    const auto next = changed(liked, kFilms);
    counts.replace(liked, next);
    liked = next;
  }
  Sums expected;
  for (const auto& liked : viewers) add_slowly(expected, liked);
  RC_ASSERT(sums_of(counts, kFilms) == expected);
  RC_ASSERT(counts.size() == expected.size());
}

}  // namespace
}  // namespace marquee
