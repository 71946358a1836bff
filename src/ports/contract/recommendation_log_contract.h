#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ports/profile_store.h"
#include "ports/recommendation_log.h"
#include "testing/event_builder.h"
#include "testing/fold_batch_builder.h"

namespace marquee::testing {

/// What every RecommendationLog must do. `Harness` is default-constructible with an empty log and
/// has   RecommendationLog& log();  ProfileStore& profiles();   whose clicks the log joins.
template <typename Harness>
class RecommendationLogContract : public ::testing::Test {
 protected:
  RecommendationLog& log() { return harness_.log(); }
  ProfileStore& profiles() { return harness_.profiles(); }

  static ShownList shown(const std::string& list, const std::string& user,
                         const std::vector<std::string>& movies) {
    ShownList made;
    made.list_id = ListId(list);
    made.user_id = UserId(user);
    made.source = "hybrid";
    for (const std::string& movie : movies) made.items.push_back({MovieId(movie), 0.5F});
    made.created_at_ms = kTestEpochMs;
    return made;
  }
  void show(const std::string& list, const std::string& user,
            const std::vector<std::string>& movies) {
    ASSERT_TRUE(log().append(std::vector{shown(list, user, movies)}).ok());
  }
  /// Folds one event of `user`; returns its place in the history.
  std::uint64_t fold(const std::string& user, const std::string& movie, const std::string& list,
                     EventType type = EventType::kClick) {
    EventBuilder event(user, movie, type);
    event.id(next_);
    if (!list.empty()) event.list(list, 1);
    FoldBatchBuilder batch(profiles());
    batch.apply(event, next_, next_);
    EXPECT_TRUE(profiles().apply(batch.build(next_ + 1)).ok());
    return next_++;
  }
  void undo(const std::string& user, std::uint64_t seq) {
    FoldBatchBuilder batch(profiles());
    batch.undone(user, seq);
    ASSERT_TRUE(profiles().apply(batch.build(++next_)).ok());
  }
  std::uint64_t clicked() {
    const auto sum = log().click_through();
    EXPECT_TRUE(sum.ok());
    return sum.ok() ? sum->clicked : 0;
  }

  Harness harness_;
  std::uint64_t next_ = 0;
};

TYPED_TEST_SUITE_P(RecommendationLogContract);

TYPED_TEST_P(RecommendationLogContract, CountsListsAndFilmsOnceEach) {
  EXPECT_EQ(this->log().click_through()->lists, 0U);
  EXPECT_EQ(this->log().click_through()->ctr(), 0.0);
  this->show("l1", "u1", {"a", "b", "a"});
  this->show("l2", "u1", {"a"});
  const auto sum = this->log().click_through();
  EXPECT_EQ(sum->lists, 2U);
  EXPECT_EQ(sum->shown, 3U) << "a film that stands twice in a list counts once";
  EXPECT_EQ(sum->clicked, 0U);
}

TYPED_TEST_P(RecommendationLogContract, LeavesAListThatIsThereAsItIs) {
  this->show("l1", "u1", {"a", "b"});
  this->show("l1", "u2", {"c", "d", "e"});
  ASSERT_TRUE(this->log()
                  .append(std::vector{this->shown("l2", "u1", {"a"}), this->shown("l2", "u1", {}),
                                      this->shown("l3", "u1", {"z"})})
                  .ok());
  this->fold("u2", "c", "l1");
  const auto sum = this->log().click_through();
  EXPECT_EQ(sum->lists, 3U);
  EXPECT_EQ(sum->shown, 4U);
  EXPECT_EQ(sum->clicked, 0U);
}

TYPED_TEST_P(RecommendationLogContract, CountsAClickOnceForListAndFilm) {
  this->show("l1", "u1", {"a", "b"});
  this->fold("u1", "a", "l1");
  EXPECT_EQ(this->clicked(), 1U);
  this->fold("u1", "a", "l1", EventType::kRating);
  EXPECT_EQ(this->clicked(), 1U);
  this->fold("u1", "b", "l1", EventType::kView);
  EXPECT_EQ(this->clicked(), 2U);
  EXPECT_DOUBLE_EQ(this->log().click_through()->ctr(), 1.0);
}

TYPED_TEST_P(RecommendationLogContract, CountsTheTypesThatTakeUpAFilmAndNoOthers) {
  const std::vector<std::pair<EventType, bool>> types{
      {EventType::kImpression, false},    {EventType::kClick, true},
      {EventType::kView, true},           {EventType::kRating, true},
      {EventType::kLike, true},           {EventType::kDislike, false},
      {EventType::kWatchlistAdd, true},   {EventType::kWatchlistRemove, false},
      {EventType::kNotInterested, false}, {EventType::kSearchClick, true},
      {EventType::kUndo, false}};
  for (const auto& [type, counts] : types) {
    const std::string list = "l-" + std::to_string(static_cast<int>(type));
    this->show(list, "u1", {"a"});
    const auto before = this->clicked();
    this->fold("u1", "a", list, type);
    EXPECT_EQ(this->clicked() - before, counts ? 1U : 0U) << to_string(type);
  }
}

TYPED_TEST_P(RecommendationLogContract, IgnoresClicksThatDoNotFitTheList) {
  this->show("l1", "u1", {"a"});
  this->fold("u2", "a", "l1");  // another viewer
  this->fold("u1", "x", "l1");  // a film that was not shown
  this->fold("u1", "a", "l9");  // a list that is not logged
  this->fold("u1", "a", "");    // no list
  EXPECT_EQ(this->clicked(), 0U);
}

TYPED_TEST_P(RecommendationLogContract, CountsAClickThatCameBeforeItsList) {
  this->fold("u1", "a", "l1");
  this->fold("u1", "x", "l1");
  this->fold("u2", "b", "l1");
  EXPECT_EQ(this->clicked(), 0U);
  this->show("l1", "u1", {"a", "b"});
  EXPECT_EQ(this->clicked(), 1U);
}

TYPED_TEST_P(RecommendationLogContract, TakesAnUndoneClickBack) {
  this->show("l1", "u1", {"a"});
  const auto first = this->fold("u1", "a", "l1");
  const auto second = this->fold("u1", "a", "l1", EventType::kLike);
  this->undo("u1", first);
  EXPECT_EQ(this->clicked(), 1U) << "the like still stands";
  this->undo("u1", first);
  EXPECT_EQ(this->clicked(), 1U) << "an undo counts once";
  this->undo("u1", second);
  EXPECT_EQ(this->clicked(), 0U);
  this->fold("u1", "a", "l1");
  EXPECT_EQ(this->clicked(), 1U);
}

TYPED_TEST_P(RecommendationLogContract, IgnoresAClickThatWasUndoneBeforeItsListCame) {
  const auto click = this->fold("u1", "a", "l1");
  this->undo("u1", click);
  auto undone = EventBuilder("u1", "b").id(900).list("l1").applied(900, 900);
  undone.undone = true;
  FoldBatchBuilder batch(this->profiles());
  ASSERT_TRUE(this->profiles().apply(batch.apply(undone).build(901)).ok());
  this->show("l1", "u1", {"a", "b"});
  EXPECT_EQ(this->clicked(), 0U);
}

TYPED_TEST_P(RecommendationLogContract, GivesBackEveryFieldOfALoggedListInOrderOfItsId) {
  ShownList full = this->shown("B", "u1", {"a", "b"});
  full.session_id = SessionId("s1");
  full.row = "because";
  full.variant = "v2";
  full.generation = ModelVersion("als_20250103_0200");
  full.items[1].score = 0.123456789F;
  const ShownList other = this->shown("a", "u2", {"c"});
  ASSERT_TRUE(this->log().append(std::vector{other, full}).ok());
  EXPECT_EQ(*this->log().lists(std::nullopt, 9), (std::vector{full, other}));
  EXPECT_EQ(*this->log().lists(std::nullopt, 1), (std::vector{full}));
  EXPECT_EQ(*this->log().lists(full.list_id, 9), (std::vector{other}));
  EXPECT_TRUE(this->log().lists(other.list_id, 9)->empty());
}

TYPED_TEST_P(RecommendationLogContract, CountsAgainWhatIsFoldedAgain) {
  this->show("l1", "u1", {"a"});
  this->fold("u1", "a", "l1");
  ASSERT_TRUE(this->profiles().reset().ok());
  EXPECT_EQ(this->clicked(), 0U);
  EXPECT_EQ(this->log().click_through()->lists, 1U) << "lists shown are no folded state";
  this->next_ = 0;
  this->fold("u1", "a", "l1");
  EXPECT_EQ(this->clicked(), 1U);
}

REGISTER_TYPED_TEST_SUITE_P(RecommendationLogContract, CountsListsAndFilmsOnceEach,
                            LeavesAListThatIsThereAsItIs, CountsAClickOnceForListAndFilm,
                            CountsTheTypesThatTakeUpAFilmAndNoOthers,
                            IgnoresClicksThatDoNotFitTheList, CountsAClickThatCameBeforeItsList,
                            TakesAnUndoneClickBack, IgnoresAClickThatWasUndoneBeforeItsListCame,
                            GivesBackEveryFieldOfALoggedListInOrderOfItsId,
                            CountsAgainWhatIsFoldedAgain);

}  // namespace marquee::testing
