#include "domain/liked_films.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

UserProfile profile_of(std::initializer_list<Interaction> recent) {
  UserProfile profile;
  profile.recent = recent;
  return profile;
}

TEST(LikedFilms, EachFilmStandsOnceWhereItWasFirstLiked) {
  const auto liked = liked_films(profile_of({{7, EventType::kLike, std::nullopt, 2 * kDayMs, 0},
                                             {3, EventType::kRating, 4.5F, 3 * kDayMs, 1},
                                             {7, EventType::kView, 0.9F, 9 * kDayMs, 2}}));
  EXPECT_EQ(liked, (std::vector<LikedFilm>{{7, 2}, {3, 3}}));
}

TEST(LikedFilms, WhatTheViewerTurnedAgainstIsOutUntilLikedAgain) {
  auto profile = profile_of({{7, EventType::kLike, std::nullopt, 0, 0},
                             {3, EventType::kLike, std::nullopt, 0, 1},
                             {7, EventType::kDislike, std::nullopt, 0, 2}});
  EXPECT_EQ(liked_films(profile), (std::vector<LikedFilm>{{3, 0}}));
  profile.recent.push_back({7, EventType::kLike, std::nullopt, -1, 3});
  EXPECT_EQ(liked_films(profile), (std::vector<LikedFilm>{{3, 0}, {7, -1}}));
}

TEST(LikedFilms, WhatSaysNothingIsLeftOut) {
  EXPECT_TRUE(liked_films(profile_of({{1, EventType::kRating, 3.0F, 0, 0},
                                      {2, EventType::kView, 0.1F, 0, 1},
                                      {3, EventType::kWatchlistRemove, std::nullopt, 0, 2}}))
                  .empty());
}

/// The definition, film by film.
std::vector<LikedFilm> liked_slowly(const UserProfile& profile) {
  std::vector<LikedFilm> liked;
  for (const Interaction& event : profile.recent) {
    std::optional<double> value;
    if (event.value) value = double{*event.value};
    const auto same = [&](const LikedFilm& film) { return film.movie == event.movie; };
    if (is_negative(event.type, value)) {
      std::erase_if(liked, same);
    } else if (is_positive(event.type, value) && std::none_of(liked.begin(), liked.end(), same)) {
      liked.push_back({event.movie, static_cast<std::int32_t>(event.ts_ms / kDayMs)});
    }
  }
  return liked;
}

RC_GTEST_PROP(LikedFilms, AgreesWithTheDefinition, ()) {
  UserProfile profile;
  const auto size = *rc::gen::inRange<std::size_t>(0, 60);
  for (std::size_t i = 0; i < size; ++i) {
    Interaction event;
    event.movie = *rc::gen::inRange<MovieKey>(0, 8);
    event.type = static_cast<EventType>(*rc::gen::inRange(1, 10));
    if (event.type == EventType::kRating)
      event.value = 0.5F * static_cast<float>(*rc::gen::inRange(1, 11));
    event.ts_ms = *rc::gen::inRange<std::int64_t>(0, 100 * kDayMs);
    profile.recent.push_back(event);
  }
  RC_ASSERT(liked_films(profile) == liked_slowly(profile));
}

}  // namespace
}  // namespace marquee
