#include "models/popularity.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::models {
namespace {

MovieCounts counts_of(const std::vector<CountDelta>& deltas) {
  MovieCounts counts;
  for (const CountDelta& delta : deltas) counts.add(delta);
  return counts;
}

TEST(Popularity, OfNothingIsEmpty) { EXPECT_TRUE(rank_by_popularity(MovieCounts(), {}).empty()); }

TEST(Popularity, DecaysFromTheLatestDayOfEventTimeDownToTheFloor) {
  const auto ranking = rank_by_popularity(counts_of({{0, 1000, 8}, {1, 910, 8}, {2, -50'000, 8}}),
                                          {.half_life_days = 90, .floor = 0.1});
  ASSERT_EQ(ranking.size(), 3U);
  EXPECT_EQ(ranking[0], (Candidate{0, 8.0F}));
  EXPECT_EQ(ranking[1].movie, 1U);
  EXPECT_NEAR(ranking[1].score, 8 * (0.1 + 0.9 * 0.5), 1e-5);
  EXPECT_NEAR(ranking[2].score, 8 * 0.1, 1e-5);
}

TEST(Popularity, OneClickOfTodayDoesNotBeatYesteryearsHundreds) {
  const auto ranking = rank_by_popularity(counts_of({{0, 20'000, 1}, {1, 15'000, 300}}), {});
  EXPECT_EQ(ranking.front().movie, 1U);
}

TEST(Popularity, AHitOfLastYearStillBeatsHalfAsManyViewersOfTodayAndNoMore) {
  const auto first = [](std::int32_t viewers_today) {
    return rank_by_popularity(counts_of({{0, 20'000, viewers_today}, {1, 19'635, 20}}), {})
        .front()
        .movie;
  };
  EXPECT_EQ(first(10), 1U);
  EXPECT_EQ(first(11), 0U);
}

TEST(Popularity, AddsUpTheDaysOfAFilm) {
  const auto ranking =
      rank_by_popularity(counts_of({{0, 10, 2}, {0, 12, 2}, {1, 12, 3}}), {.half_life_days = 1e9});
  EXPECT_EQ(ranking[0].movie, 0U);
  EXPECT_NEAR(ranking[0].score, 4, 1e-4);
}

TEST(Popularity, BreaksTiesBySmallerKeyAndLeavesOutFilmsNobodyCountsFor) {
  const auto ranking = rank_by_popularity(counts_of({{7, 5, 1}, {3, 5, 1}, {5, 5, 1}, {5, 5, -1}}),
                                          PopularityOptions{});
  ASSERT_EQ(ranking.size(), 2U);
  EXPECT_EQ(ranking[0].movie, 3U);
  EXPECT_EQ(ranking[1].movie, 7U);
}

RC_GTEST_PROP(Popularity, IsTheClosedFormOverEveryDay, ()) {
  PopularityOptions options;
  options.half_life_days = 0.5 * *rc::gen::inRange(1, 400);
  options.floor = 0.1 * *rc::gen::inRange(0, 11);
  MovieCounts counts;
  std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> by_day;
  const auto entries = *rc::gen::inRange(0, 30);
  for (int i = 0; i < entries; ++i) {
    const CountDelta delta{*rc::gen::inRange<MovieKey>(0, 6), *rc::gen::inRange(19'000, 20'000),
                           *rc::gen::inRange(1, 9)};
    counts.add(delta);
    by_day[{delta.movie, delta.day}] += delta.delta;
  }
  std::int32_t now = 0;
  for (const auto& [film_day, count] : by_day) now = std::max(now, film_day.second);
  std::map<MovieKey, double> wanted;
  for (const auto& [film_day, count] : by_day) {
    const double decay = std::pow(0.5, (now - film_day.second) / options.half_life_days);
    wanted[film_day.first] += count * (options.floor + (1 - options.floor) * decay);
  }
  for (const Candidate& film : rank_by_popularity(counts, options)) {
    RC_ASSERT(std::abs(double{film.score} - wanted.at(film.movie)) <=
              1e-5 * wanted.at(film.movie) + 1e-30);
    wanted.erase(film.movie);
  }
  for (const auto& [movie, score] : wanted) RC_ASSERT(score < 1e-30);
}

}  // namespace
}  // namespace marquee::models
