#include "ranking/reason.h"

#include <gtest/gtest.h>

namespace marquee::ranking {
namespace {

TEST(Reason, NamesTheFilmThatSpeaksForIt) {
  for (const EventType type : {EventType::kRating, EventType::kLike, EventType::kView,
                               EventType::kClick, EventType::kWatchlistAdd}) {
    const std::string reason = reason_from_event(type, "Alien");
    EXPECT_TRUE(reason.starts_with("Because you ")) << reason;
    EXPECT_NE(reason.find("Alien"), std::string::npos) << reason;
    EXPECT_NE(reason.back(), '.');
  }
}

TEST(Reason, HasWordsForEverySource) {
  for (const Source source : {Source::kHybrid, Source::kRealtime, Source::kBatch, Source::kPopular,
                              Source::kMemoryCache}) {
    EXPECT_FALSE(reason_from_source(source).empty());
  }
}

TEST(Reason, SaysWhatTheViewerDid) {
  EXPECT_EQ(reason_from_event(EventType::kView, "Alien"), "Because you watched Alien");
  EXPECT_EQ(reason_from_event(EventType::kRating, "Alien"), "Because you liked Alien");
  EXPECT_EQ(reason_from_event(EventType::kWatchlistAdd, "Alien"), "Because you saved Alien");
  EXPECT_EQ(reason_from_event(EventType::kSearchClick, "Alien"), "Because you looked at Alien");
  EXPECT_EQ(reason_from_source(Source::kPopular), "Popular with many viewers");
  EXPECT_NE(reason_from_source(Source::kBatch), reason_from_source(Source::kPopular));
}

}  // namespace
}  // namespace marquee::ranking
