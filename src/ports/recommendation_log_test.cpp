#include "ports/recommendation_log.h"

#include <set>

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(CountsAsClick, IsExactlyTheListOfTheContract) {
  const std::set<EventType> wanted{EventType::kClick, EventType::kSearchClick,
                                   EventType::kView,  EventType::kRating,
                                   EventType::kLike,  EventType::kWatchlistAdd};
  for (int number = 0; number <= static_cast<int>(EventType::kUndo); ++number) {
    const auto type = static_cast<EventType>(number);
    EXPECT_EQ(counts_as_click(type), wanted.contains(type)) << to_string(type);
  }
}

TEST(CountsAsClick, HoldsOnlyForWhatAlsoMarksAsSeen) {
  for (int number = 0; number <= static_cast<int>(EventType::kUndo); ++number) {
    const auto type = static_cast<EventType>(number);
    if (counts_as_click(type)) {
      EXPECT_TRUE(marks_as_seen(type)) << to_string(type);
    }
  }
}

TEST(ClickThrough, IsTheShareOfWhatWasShown) {
  EXPECT_DOUBLE_EQ((ClickThrough{.lists = 2, .shown = 40, .clicked = 10}.ctr()), 0.25);
  EXPECT_DOUBLE_EQ((ClickThrough{.lists = 2, .shown = 40, .clicked = 0}.ctr()), 0.0);
}

TEST(ClickThrough, IsZeroAndNoErrorWhenNothingWasShown) {
  EXPECT_EQ(ClickThrough{}.ctr(), 0.0);
  EXPECT_EQ((ClickThrough{.lists = 3}.ctr()), 0.0) << "three empty lists";
}

TEST(ShownList, SaysWhereItWasShownUnlessTold) {
  const ShownList list;
  EXPECT_EQ(list.row, "top_picks");
  EXPECT_EQ(list.variant, "default");
  EXPECT_FALSE(list.generation.has_value());
}

}  // namespace
}  // namespace marquee
