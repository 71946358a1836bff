#include "domain/event.h"

#include <set>

#include <gtest/gtest.h>

namespace marquee {
namespace {

constexpr int kTypes = 11;

TEST(EventType, NamesReadBackAndNumbersNeverChange) {
  std::set<std::string_view> names;
  for (int number = 0; number < kTypes; ++number) {
    const auto type = static_cast<EventType>(number);
    names.insert(to_string(type));
    EXPECT_EQ(parse_event_type(to_string(type)), type);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kTypes));
  EXPECT_EQ(static_cast<int>(EventType::kRating), 3);  // stored in profile blobs
  EXPECT_EQ(static_cast<int>(EventType::kUndo), 10);
}

TEST(EventType, RefusesOtherNames) {
  for (const char* name : {"", "Click", "clicks", "purchase", "unknown"}) {
    EXPECT_FALSE(parse_event_type(name).has_value()) << name;
  }
}

TEST(IsPositive, RatingsFromFourStarsAndViewsFromHalf) {
  EXPECT_TRUE(is_positive(EventType::kRating, 4.0));
  EXPECT_FALSE(is_positive(EventType::kRating, 3.5));
  EXPECT_FALSE(is_positive(EventType::kRating, std::nullopt));
  EXPECT_TRUE(is_positive(EventType::kView, 0.5));
  EXPECT_FALSE(is_positive(EventType::kView, 0.49));
  EXPECT_TRUE(is_positive(EventType::kView, std::nullopt));
  EXPECT_TRUE(is_positive(EventType::kClick, std::nullopt));
  for (const EventType type : {EventType::kImpression, EventType::kDislike, EventType::kUndo,
                               EventType::kNotInterested, EventType::kWatchlistRemove}) {
    EXPECT_FALSE(is_positive(type, std::nullopt)) << to_string(type);
  }
}

TEST(IsNegative, LowRatingsDislikesAndHiding) {
  EXPECT_TRUE(is_negative(EventType::kRating, 2.0));
  EXPECT_FALSE(is_negative(EventType::kRating, 2.5));
  EXPECT_TRUE(is_negative(EventType::kDislike, std::nullopt));
  EXPECT_TRUE(is_negative(EventType::kNotInterested, std::nullopt));
  EXPECT_FALSE(is_negative(EventType::kClick, std::nullopt));
}

TEST(IsNegative, NothingIsBoth) {
  for (int number = 0; number < kTypes; ++number) {
    for (const double value : {0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0}) {
      const auto type = static_cast<EventType>(number);
      EXPECT_FALSE(is_positive(type, value) && is_negative(type, value)) << to_string(type);
    }
  }
}

TEST(MarksAsSeen, WhatShowsThatTheViewerMetTheFilm) {
  EXPECT_TRUE(marks_as_seen(EventType::kClick));
  EXPECT_TRUE(marks_as_seen(EventType::kDislike));
  EXPECT_FALSE(marks_as_seen(EventType::kImpression));
  EXPECT_FALSE(marks_as_seen(EventType::kNotInterested));
  EXPECT_FALSE(marks_as_seen(EventType::kUndo));
}

}  // namespace
}  // namespace marquee
