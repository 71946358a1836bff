// What each kind of event says about viewer and film, written out as a table.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "domain/event.h"

namespace marquee {
namespace {

struct Meaning {
  EventType type;
  bool positive;  ///< without a value
  bool negative;  ///< without a value
  bool seen;
};

constexpr Meaning kMeanings[] = {
    {EventType::kImpression, false, false, false},
    {EventType::kClick, true, false, true},
    {EventType::kView, true, false, true},
    {EventType::kRating, false, false, true},
    {EventType::kLike, true, false, true},
    {EventType::kDislike, false, true, true},
    {EventType::kWatchlistAdd, true, false, true},
    {EventType::kWatchlistRemove, false, false, false},
    {EventType::kNotInterested, false, true, false},
    {EventType::kSearchClick, true, false, true},
    {EventType::kUndo, false, false, false},
};

TEST(EventMeaning, FollowsItsTableForEveryType) {
  ASSERT_EQ(std::size(kMeanings), static_cast<std::size_t>(EventType::kUndo) + 1);
  for (const Meaning& meaning : kMeanings) {
    EXPECT_EQ(is_positive(meaning.type, std::nullopt), meaning.positive) << to_string(meaning.type);
    EXPECT_EQ(is_negative(meaning.type, std::nullopt), meaning.negative) << to_string(meaning.type);
    EXPECT_EQ(marks_as_seen(meaning.type), meaning.seen) << to_string(meaning.type);
  }
}

TEST(EventMeaning, EveryHalfStarIsPositiveNegativeOrNeither) {
  for (int halves = 1; halves <= 10; ++halves) {
    const double stars = halves / 2.0;
    EXPECT_EQ(is_positive(EventType::kRating, stars), stars > 3.5) << stars;
    EXPECT_EQ(is_negative(EventType::kRating, stars), stars < 2.5) << stars;
  }
}

TEST(EventMeaning, AValueMattersForRatingsAndViewsOnly) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.type == EventType::kRating || meaning.type == EventType::kView) continue;
    for (const double value : {0.0, 0.5, 1.0, 5.0}) {
      EXPECT_EQ(is_positive(meaning.type, value), meaning.positive) << to_string(meaning.type);
      EXPECT_EQ(is_negative(meaning.type, value), meaning.negative) << to_string(meaning.type);
    }
  }
}

TEST(EventMeaning, WhatIsPositiveIsAlsoSeen) {
  for (const Meaning& meaning : kMeanings) {
    for (const double value : {0.0, 1.0, 4.0, 5.0}) {
      if (is_positive(meaning.type, value)) {
        EXPECT_TRUE(marks_as_seen(meaning.type));
      }
    }
  }
}

TEST(EventMeaning, ARatingThatIsNoNumberSaysNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(is_positive(EventType::kRating, nan));
  EXPECT_FALSE(is_negative(EventType::kRating, nan));
  EXPECT_FALSE(is_positive(EventType::kView, nan));
}

TEST(EventMeaning, OfAWholeEventIsThatOfItsTypeAndValue) {
  Event event;
  event.type = EventType::kRating;
  event.value = 4.0;
  EXPECT_TRUE(is_positive(event));
  event.value = 3.5;
  EXPECT_FALSE(is_positive(event));
  event.value.reset();
  EXPECT_FALSE(is_positive(event));
}

}  // namespace
}  // namespace marquee
