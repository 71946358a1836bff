// The kept click-through against counting everything anew after each change.
#include "adapters/embedded/sqlite/clicks.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "base/rng.h"
#include "formats/list_json.h"
#include "testing/event_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;

/// Everything that happened, counted the slow way.
class SlowClicks {
 public:
  void click(const Event& event, int by) {
    if (event.list_id && counts_as_click(event.type)) {
      standing_[{event.list_id->value(), event.movie_id.value(), event.user_id.value()}] += by;
    }
  }
  void shown(const ShownList& list) { lists_.push_back(list); }
  ClickThrough count() const {
    ClickThrough out;
    for (const ShownList& list : lists_) {
      std::set<std::string> films;
      for (const ScoredMovie& item : list.items) films.insert(item.movie_id.value());
      ++out.lists;
      out.shown += films.size();
      for (const std::string& film : films) {
        const auto found = standing_.find({list.list_id.value(), film, list.user_id.value()});
        if (found != standing_.end() && found->second > 0) ++out.clicked;
      }
    }
    return out;
  }

 private:
  std::map<std::tuple<std::string, std::string, std::string>, int> standing_;
  std::vector<ShownList> lists_;
};

class SqliteClicksTest : public ::testing::Test {
 protected:
  void show(const ShownList& list) {
    auto insert = db_->prepare(
                         "INSERT INTO recommendation_logs(list_id, user_id, source, row, "
                         "variant, items, created_at) VALUES(?, ?, 'batch', 'r', 'v', ?, 0)")
                      .value();
    EXPECT_TRUE(insert.bind(std::string_view(list.list_id.value()))
                    .bind(std::string_view(list.user_id.value()))
                    .bind(std::string_view(formats::encode_scored_movies(list.items)))
                    .run()
                    .ok());
    const auto counted = count_list(*db_, list);
    ASSERT_TRUE(counted.ok());
    EXPECT_TRUE(add_to_totals(*db_, *counted).ok());
  }
  static ShownList list(const std::string& id, const std::string& user,
                        const std::vector<std::string>& films) {
    ShownList out;
    out.list_id = ListId(id);
    out.user_id = UserId(user);
    for (const std::string& film : films) out.items.push_back({MovieId(film), 0.5F});
    return out;
  }
  ClickThrough totals() { return read_click_totals(*db_).value(); }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<SqliteConnection> db_ = migrated(directory_.path() / "marquee.db");
};

RC_GTEST_FIXTURE_PROP(SqliteClicksTest, AgreesWithCountingAnewAfterEveryChange,
                      (std::uint64_t seed)) {
  Rng rng(seed);
  SlowClicks slow;
  std::vector<Event> standing;
  const auto name = [&rng](const char* kind, std::uint64_t count) {
    return kind + std::to_string(rng.below(count));
  };
  execute(*db_, "BEGIN");
  for (int step = 0; step < 30; ++step) {
    if (rng.below(4) == 0) {
      // A list_id is logged once; which ones come late is chance.
      const ShownList shown = list("l" + std::to_string(step % 6), name("u", 2),
                                   {name("m", 3), name("m", 3), name("m", 3)});
      if (number(*db_, "SELECT count(*) FROM recommendation_logs") == 6) continue;
      auto there = db_->prepare("SELECT 1 FROM recommendation_logs WHERE list_id = ?").value();
      if (there.bind(std::string_view(shown.list_id.value())).step().value()) continue;
      show(shown);
      slow.shown(shown);
    } else if (standing.empty() || rng.below(3) > 0) {
      standing.push_back(
          EventBuilder(name("u", 2), name("m", 3), static_cast<EventType>(rng.below(11)))
              .list(name("l", 6))
              .build());
      RC_ASSERT(add_click(*db_, standing.back()).ok());
      slow.click(standing.back(), 1);
    } else {
      std::swap(standing[rng.below(standing.size())], standing.back());
      RC_ASSERT(remove_click(*db_, standing.back()).ok());
      slow.click(standing.back(), -1);
      standing.pop_back();
    }
    const ClickThrough wanted = slow.count(), found = totals();
    RC_ASSERT(found.lists == wanted.lists);
    RC_ASSERT(found.shown == wanted.shown);
    RC_ASSERT(found.clicked == wanted.clicked);
  }
}

TEST_F(SqliteClicksTest, ManyClicksOnOneFilmOfAListCountOnce) {
  show(list("l", "u", {"m"}));
  const Event click = EventBuilder("u", "m").list("l").build();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(add_click(*db_, click).ok());
  EXPECT_EQ(totals().clicked, 1U);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(remove_click(*db_, click).ok());
  EXPECT_EQ(totals().clicked, 1U) << "one still stands";
  ASSERT_TRUE(remove_click(*db_, click).ok());
  EXPECT_EQ(totals().clicked, 0U);
}

TEST_F(SqliteClicksTest, AClickThatCameBeforeItsListCountsWhenTheListComes) {
  ASSERT_TRUE(add_click(*db_, EventBuilder("u", "m").list("l").build()).ok());
  EXPECT_EQ(totals().clicked, 0U);
  show(list("l", "u", {"m", "n"}));
  EXPECT_EQ(totals().clicked, 1U);
}

TEST_F(SqliteClicksTest, NeitherAnothersListNorAnotherFilmIsClicked) {
  show(list("l", "u", {"m"}));
  ASSERT_TRUE(add_click(*db_, EventBuilder("stranger", "m").list("l").build()).ok());
  ASSERT_TRUE(add_click(*db_, EventBuilder("u", "other").list("l").build()).ok());
  ASSERT_TRUE(add_click(*db_, EventBuilder("u", "m").build()).ok());
  ASSERT_TRUE(add_click(*db_, EventBuilder("u", "m", EventType::kDislike).list("l").build()).ok());
  EXPECT_EQ(totals().clicked, 0U);
}

TEST_F(SqliteClicksTest, TakingBackAClickThatNeverStoodChangesNothing) {
  show(list("l", "u", {"m"}));
  ASSERT_TRUE(remove_click(*db_, EventBuilder("u", "m").list("l").build()).ok());
  EXPECT_EQ(totals().clicked, 0U);
  EXPECT_EQ(number(*db_, "SELECT count(*) FROM list_clicks"), 0);
}

TEST_F(SqliteClicksTest, BeforeARebuildClicksAreForgottenAndListsAreNot) {
  show(list("l", "u", {"m", "n"}));
  ASSERT_TRUE(add_click(*db_, EventBuilder("u", "m").list("l").build()).ok());
  ASSERT_TRUE(forget_clicks(*db_).ok());
  EXPECT_EQ(totals().clicked, 0U);
  EXPECT_EQ(totals().lists, 1U);
  EXPECT_EQ(totals().shown, 2U);
  ASSERT_TRUE(add_click(*db_, EventBuilder("u", "m").list("l").build()).ok());
  EXPECT_EQ(totals().clicked, 1U) << "the rebuild counts it again";
}

TEST_F(SqliteClicksTest, ADamagedListIsDataLossNotAMissedClick) {
  show(list("l", "u", {"m"}));
  execute(*db_, "UPDATE recommendation_logs SET items = '[{'");
  const auto outcome = add_click(*db_, EventBuilder("u", "m").list("l").build());
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace marquee::embedded
