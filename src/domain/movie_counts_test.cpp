#include "domain/movie_counts.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

TEST(MovieCounts, AddsUpByDayAndDropsZeros) {
  MovieCounts counts;
  EXPECT_EQ(counts.latest_day(), 0);
  counts.add({3, 10, 1});
  counts.add({3, 8, 2});
  counts.add({3, 10, 1});
  ASSERT_EQ(counts.days_of(3).size(), 2U);
  EXPECT_EQ(counts.days_of(3)[0], (DayCount{8, 2}));
  EXPECT_EQ(counts.days_of(3)[1], (DayCount{10, 2}));
  EXPECT_EQ(counts.latest_day(), 10);
  counts.add({3, 10, -2});
  EXPECT_EQ(counts.days_of(3).size(), 1U);
  EXPECT_EQ(counts.latest_day(), 8);
  EXPECT_TRUE(counts.days_of(99).empty());
}

RC_GTEST_PROP(MovieCounts, AgreesWithAMapWhateverTheOrder,
              (const std::vector<std::tuple<std::uint8_t, std::int8_t>>& additions)) {
  MovieCounts counts;
  std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> reference;
  for (const auto& [movie, day] : additions) {
    counts.add({movie, day, 1});
    ++reference[{movie, day}];
  }
  std::size_t total = 0;
  for (MovieKey movie = 0; movie < counts.size(); ++movie) {
    std::int32_t previous = -1'000;
    for (const DayCount& entry : counts.days_of(movie)) {
      RC_ASSERT(entry.day > previous);
      RC_ASSERT(reference.at(std::pair(movie, entry.day)) == entry.count);
      previous = entry.day;
      ++total;
    }
  }
  RC_ASSERT(total == reference.size());
}

}  // namespace
}  // namespace marquee
