#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/time_text.h"
#include "datasets/dataset.h"
#include "datasets/dataset_for_test.h"
#include "datasets/synthetic_titles.h"

namespace marquee::datasets {
namespace {

const SyntheticOptions kSmall{7, 600, 200, 12'000};

TEST(Synthetic, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const auto a = make_synthetic(kSmall), b = make_synthetic(kSmall);
  auto other_seed = kSmall;
  other_seed.seed = 8;
  const auto c = make_synthetic(other_seed);
  EXPECT_EQ(movies_of(*a), movies_of(*b));
  EXPECT_EQ(events_of(*a), events_of(*b));
  EXPECT_EQ(events_of(*a), events_of(*a)) << "reading twice changes nothing";
  EXPECT_NE(movies_of(*a), movies_of(*c));
  EXPECT_NE(events_of(*a), events_of(*c));
}

TEST(Synthetic, HasExactlyTheSizeThatWasAskedFor) {
  const auto dataset = make_synthetic(kSmall);
  EXPECT_EQ(movies_of(*dataset).size(), kSmall.movies);
  const auto events = events_of(*dataset);
  EXPECT_EQ(events.size(), kSmall.interactions);
  std::set<std::string> users;
  for (const Event& event : events) users.insert(event.user_id.value());
  EXPECT_EQ(users.size(), kSmall.users);
}

TEST(Synthetic, GivesEveryFilmAnOwnTitleAYearAndGenres) {
  std::set<std::string> titles;
  for (const Movie& movie : movies_of(*make_synthetic({3, 5'000, 1, 1}))) {
    EXPECT_TRUE(is_valid_id(movie.id.value()));
    EXPECT_TRUE(titles.insert(movie.title).second) << movie.title;
    EXPECT_GE(movie.year.value_or(0), 1931);
    EXPECT_LE(movie.year.value_or(9999), 2024);
    EXPECT_GE(movie.genres.size(), 1U);
    EXPECT_LE(movie.genres.size(), 3U);
  }
}

TEST(Synthetic, RatesInOrderOfTimeNoFilmTwiceAndNoneBeforeItsRelease) {
  const auto dataset = make_synthetic(kSmall);
  std::map<MovieId, int> year_of;
  for (const Movie& movie : movies_of(*dataset)) year_of[movie.id] = *movie.year;
  std::set<std::pair<UserId, MovieId>> seen;
  std::map<UserId, std::int64_t> last;
  std::set<EventId> ids;
  for (const Event& event : events_of(*dataset)) {
    EXPECT_EQ(event.type, EventType::kRating);
    EXPECT_GE(event.ts_ms, last[event.user_id]);
    last[event.user_id] = event.ts_ms;
    EXPECT_TRUE(seen.emplace(event.user_id, event.movie_id).second);
    EXPECT_TRUE(ids.insert(event.event_id).second);
    EXPECT_GE(civil_date(event.ts_ms).year, year_of[event.movie_id]);
    EXPECT_EQ(event.accepted_at_ms, event.ts_ms);
  }
}

TEST(Synthetic, EndsWith2024WhateverTheDateIs) {
  const auto events = events_of(*make_synthetic(kSmall));
  const auto latest = std::ranges::max(events, {}, &Event::ts_ms).ts_ms;
  EXPECT_GT(latest, *parse_rfc3339("2024-12-01T00:00:00Z"));
  EXPECT_LT(latest, *parse_rfc3339("2025-01-01T00:00:00Z"));
}

TEST(Synthetic, SpreadsRatingsAndPopularityAsRealViewersDo) {
  const auto events = events_of(*make_synthetic({7, 3'000, 400, 40'000}));
  double sum = 0;
  std::size_t high = 0;
  std::map<MovieId, std::size_t> popularity;
  std::set<double> stars;
  for (const Event& event : events) {
    sum += *event.value;
    high += *event.value >= 4 ? 1U : 0U;
    ++popularity[event.movie_id];
    stars.insert(*event.value);
  }
  const auto count = static_cast<double>(events.size());
  EXPECT_NEAR(sum / count, 3.5, 0.25);                        // MovieLens: 3.50
  EXPECT_NEAR(static_cast<double>(high) / count, 0.48, 0.1);  // MovieLens: 0.48
  EXPECT_EQ(stars.size(), 10U);                               // 0.5 to 5 in halves
  std::vector<std::size_t> counts;
  for (const auto& [movie, number] : popularity) counts.push_back(number);
  std::ranges::sort(counts, std::greater<>());
  std::size_t top_tenth = 0;
  for (std::size_t i = 0; i < counts.size() / 10; ++i) top_tenth += counts[i];
  EXPECT_GT(static_cast<double>(top_tenth) / count, 0.35);
  EXPECT_LT(static_cast<double>(top_tenth) / count, 0.65);
}

TEST(Synthetic, GivesViewersTastesThatLast) {
  // The genres of a viewer's earlier favourites say more about the later ones than everyone's do.
  const auto dataset = make_synthetic(kSmall);
  std::map<MovieId, std::string> genre_of;
  for (const Movie& movie : movies_of(*dataset)) genre_of[movie.id] = movie.genres[0];
  std::map<UserId, std::vector<std::string>> liked;
  std::map<std::string, double> overall;
  double likes = 0;
  for (const Event& event : events_of(*dataset)) {
    if (*event.value < 4) continue;
    liked[event.user_id].push_back(genre_of[event.movie_id]);
    ++overall[genre_of[event.movie_id]];
    ++likes;
  }
  double same = 0, pairs = 0;
  for (const auto& [user, genres] : liked) {
    for (std::size_t i = 0; i + 5 < genres.size(); ++i) {
      same += genres[i] == genres[i + 5] ? 1 : 0;
      ++pairs;
    }
  }
  double by_chance = 0;
  for (const auto& [genre, number] : overall) by_chance += number / likes * number / likes;
  EXPECT_GT(same / pairs, 1.2 * by_chance);
}

TEST(Synthetic, RatesInEveningsNotEvenly) {
  const auto events = events_of(*make_synthetic(kSmall));
  std::size_t close = 0, pairs = 0;
  for (std::size_t i = 1; i < events.size(); ++i) {
    if (events[i].user_id != events[i - 1].user_id) continue;
    ++pairs;
    close += events[i].ts_ms - events[i - 1].ts_ms < 10 * 60 * 1000 ? 1U : 0U;
  }
  EXPECT_GT(static_cast<double>(close) / static_cast<double>(pairs), 0.8);
}

TEST(Synthetic, TakesDegenerateSizes) {
  for (const auto& [movies, users, interactions] : {std::tuple{0, 0, 0},
                                                    {0, 5, 10},
                                                    {5, 0, 10},
                                                    {1, 1, 1},
                                                    {1, 3, 100},
                                                    {3, 2, 0},
                                                    {10, 3, 1'000}}) {
    const SyntheticOptions options{1, static_cast<std::size_t>(movies),
                                   static_cast<std::size_t>(users),
                                   static_cast<std::size_t>(interactions)};
    const auto dataset = make_synthetic(options);
    EXPECT_EQ(movies_of(*dataset).size(), options.movies);
    EXPECT_LE(events_of(*dataset).size(), options.interactions);
  }
}

TEST(Synthetic, IsPinnedBySeed) {
  // changing it makes another world of every installation that was started without data
  Sha256 movies, events;
  const auto dataset = make_synthetic({});
  for (const Movie& movie : movies_of(*dataset)) movies.update(movie.title + "\n");
  EXPECT_EQ(movies.hex().substr(0, 16), "26a7663bdde280e2");
  for (const Event& event : events_of(*dataset)) {
    events.update(event.event_id.to_string());  // made of viewer, film, stars and time
  }
  EXPECT_EQ(events.hex().substr(0, 16), "488eb6826e973ea4");
}

TEST(TitleMaker, NeverRepeatsItself) {
  TitleMaker titles{Rng(5)};
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(seen.insert(titles.title("Horror")).second);
    ASSERT_TRUE(seen.insert(titles.sequel("Same", 2 + i % 12)).second);
  }
}

}  // namespace
}  // namespace marquee::datasets
