#include "speed/fold.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "testing/event_builder.h"

namespace marquee::speed {
namespace {

using testing::EventBuilder;

class FoldTest : public ::testing::Test {
 protected:
  /// Applies the event and remembers its row; returns the row's index.
  std::size_t apply(const EventBuilder& builder, std::optional<std::size_t> undone = std::nullopt) {
    const AppliedEvent* row = undone ? &rows_[*undone] : nullptr;
    const FoldItem item{builder.build(), Offset{Offset::kEmbedded, rows_.size()},
                        builder.fingerprint()};
    const FoldStep step = apply_event(profile_, counts_, item, row, movies_);
    last_undone_ = step.undone_seq;
    if (step.undone_seq) rows_[*undone].undone = true;
    rows_.push_back(step.row);
    return rows_.size() - 1;
  }
  std::size_t apply(EventType type, const char* movie = "m1") {
    return apply(EventBuilder("u1", movie, type));
  }
  void undo(std::size_t row) { apply(EventBuilder("u1", "m1", EventType::kUndo).undoes(1), row); }

  const MovieState* film(const char* movie = "m1") const {
    const auto key = movies_.find(movie);
    return key ? profile_.find(*key) : nullptr;
  }
  std::int32_t count_of(const char* movie) const {
    std::int32_t sum = 0;
    for (const CountDelta& delta : counts_) {
      if (delta.movie == movies_.find(movie)) sum += delta.delta;
    }
    return sum;
  }

  UserProfile profile_;
  std::vector<CountDelta> counts_;
  MovieTable movies_;
  std::vector<AppliedEvent> rows_;
  std::optional<std::uint64_t> last_undone_;
};

TEST_F(FoldTest, NumbersEventsAndRemembersTheLastOffset) {
  apply(EventType::kClick);
  apply(EventType::kImpression);
  EXPECT_EQ(rows_[0].seq, 0U);
  EXPECT_EQ(rows_[1].seq, 1U);
  EXPECT_EQ(profile_.version, 2U);
  EXPECT_EQ(profile_.history_size, 2U);
  EXPECT_EQ(profile_.last_offset, (Offset{Offset::kEmbedded, 1}));
}

TEST_F(FoldTest, KeepsImpressionsOutOfEverythingButTheHistory) {
  apply(EventType::kImpression);
  EXPECT_TRUE(profile_.recent.empty());
  EXPECT_TRUE(profile_.movies.empty());
  EXPECT_TRUE(counts_.empty());
}

TEST_F(FoldTest, CountsSeenPositiveAndHidden) {
  apply(EventType::kClick);
  apply(EventBuilder("u1", "m1", EventType::kRating).value(2));
  apply(EventType::kNotInterested);
  ASSERT_NE(film(), nullptr);
  EXPECT_EQ(film()->seen, 2U);
  EXPECT_EQ(film()->positive, 1U);
  EXPECT_EQ(film()->hidden, 1U);
  EXPECT_EQ(profile_.recent.size(), 3U);
}

TEST_F(FoldTest, CountsAViewerOnceForAFilmOnTheDayOfTheFirstPositive) {
  apply(EventBuilder("u1", "m1").at(0));
  apply(EventBuilder("u1", "m1", EventType::kLike).at(3 * kMillisecondsPerDay));
  const std::int32_t day = utc_day(testing::kTestEpochMs);
  EXPECT_EQ(counts_, (std::vector<CountDelta>{{*movies_.find("m1"), day, 1}}));
  EXPECT_EQ(film()->counted_day, day);
}

TEST_F(FoldTest, SubtractsTheCountUnderItsOwnDayWhenTheLastPositiveIsUndone) {
  const std::size_t first = apply(EventBuilder("u1", "m1").at(0));
  const std::size_t second = apply(EventBuilder("u1", "m1").at(2 * kMillisecondsPerDay));
  undo(first);
  EXPECT_EQ(count_of("m1"), 1);
  undo(second);
  EXPECT_EQ(count_of("m1"), 0);
  EXPECT_EQ(counts_.back().day, utc_day(testing::kTestEpochMs));
}

TEST_F(FoldTest, LeavesNoTraceOfAFilmWhoseEveryEventIsUndone) {
  const std::size_t click = apply(EventType::kClick);
  const std::size_t hide = apply(EventType::kNotInterested);
  undo(click);
  EXPECT_EQ(last_undone_, rows_[click].seq);
  undo(hide);
  EXPECT_TRUE(profile_.movies.empty());
  EXPECT_TRUE(profile_.recent.empty());
  EXPECT_EQ(profile_.history_size, 4U);
}

TEST_F(FoldTest, UndoesAnEventOnlyOnce) {
  const std::size_t first = apply(EventType::kClick);
  apply(EventType::kClick);
  undo(first);
  undo(first);
  EXPECT_FALSE(last_undone_.has_value());
  EXPECT_EQ(film()->seen, 1U);
}

TEST_F(FoldTest, AppliesAnUndoOfAnUndoOrOfNothingWithoutEffect) {
  const std::size_t click = apply(EventType::kClick);
  undo(click);
  const std::size_t the_undo = rows_.size() - 1;
  undo(the_undo);
  EXPECT_FALSE(last_undone_.has_value());
  apply(EventBuilder("u1", "m1", EventType::kUndo).undoes(99));
  EXPECT_FALSE(last_undone_.has_value());
  EXPECT_EQ(film(), nullptr);
  EXPECT_EQ(profile_.history_size, 4U);
}

TEST_F(FoldTest, SetsAndRevertsTheWatchlist) {
  const std::size_t add = apply(EventType::kWatchlistAdd);
  EXPECT_TRUE(film()->watchlisted);
  const std::size_t remove = apply(EventType::kWatchlistRemove);
  EXPECT_FALSE(film()->watchlisted);
  undo(remove);
  EXPECT_TRUE(film()->watchlisted);
  undo(add);
  EXPECT_EQ(film(), nullptr);
}

TEST_F(FoldTest, LeavesTheWatchlistToTheLatestStandingEvent) {
  const std::size_t first = apply(EventType::kWatchlistAdd);
  apply(EventType::kWatchlistAdd);
  undo(first);
  EXPECT_TRUE(film()->watchlisted);
}

TEST_F(FoldTest, MakesNoFilmOfRemovingWhatWasNeverListed) {
  apply(EventType::kWatchlistRemove);
  EXPECT_EQ(film(), nullptr);
  EXPECT_EQ(profile_.recent.size(), 1U);
}

TEST_F(FoldTest, KeepsTheLastTwoHundredInteractions) {
  for (std::size_t i = 0; i < UserProfile::kRecentMax + 5; ++i) apply(EventType::kClick);
  ASSERT_EQ(profile_.recent.size(), UserProfile::kRecentMax);
  EXPECT_EQ(profile_.recent.front().seq, 5U);
  undo(100);
  EXPECT_EQ(profile_.recent.size(), UserProfile::kRecentMax - 1);
  undo(0);  // fell out long ago; its counts go all the same
  EXPECT_EQ(film()->seen, UserProfile::kRecentMax + 3);
}

TEST(CheckFoldable, RefusesWhatTheDoorWouldHaveRefused) {
  const Event good = EventBuilder("u1", "m1").build();
  EXPECT_TRUE(check_foldable(good).ok());
  const auto broken = [&good](auto change) {
    Event event = good;
    change(event);
    return !check_foldable(event).ok();
  };
  EXPECT_TRUE(broken([](Event& event) { event.user_id = UserId(""); }));
  EXPECT_TRUE(broken([](Event& event) { event.movie_id = MovieId("a b"); }));
  EXPECT_TRUE(broken([](Event& event) { event.type = static_cast<EventType>(42); }));
  EXPECT_TRUE(broken([](Event& event) { event.type = EventType::kRating; }));
  EXPECT_TRUE(broken([](Event& event) { event.type = EventType::kUndo; }));
  EXPECT_TRUE(broken([](Event& event) { event.value = std::numeric_limits<double>::quiet_NaN(); }));
}

}  // namespace
}  // namespace marquee::speed
