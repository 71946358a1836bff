// The lists that the job makes ahead are those that serving would compute.

#include "streaming/live_lists.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "settings/live_tier_options.h"
#include "speed/fold_batch.h"
#include "testing/event_builder.h"
#include "testing/fake_catalog_store.h"
#include "testing/fake_live_feed.h"
#include "testing/fake_profile_store.h"
#include "testing/manual_clock.h"

namespace marquee::streaming {
namespace {

using testing::EventBuilder;

class LiveListsTest : public ::testing::Test {
 protected:
  LiveListsTest() {
    std::vector<Movie> films;
    for (int i = 0; i < kFilms; ++i) films.push_back(testing::test_movie(id_of(i)));
    films.back().hidden = true;
    EXPECT_TRUE(catalog_.upsert(films).ok());
  }

  static constexpr int kFilms = 20;
  static std::string id_of(int film) { return (film < 10 ? "f0" : "f") + std::to_string(film); }

  static std::shared_ptr<const models::FactorModel> model(const std::string& version) {
    Rng rng(4);
    models::FactorTable items{4, {}, {}};
    for (int i = 0; i < kFilms; ++i) {
      items.ids.push_back(id_of(i));
      for (int d = 0; d < 4; ++d) items.values.push_back(static_cast<float>(rng.normal()));
    }
    models::IalsParameters parameters;
    parameters.rank = 4;
    return std::make_shared<const models::FactorModel>(*models::FactorModel::make(
        ModelVersion(version), parameters, std::move(items), {4, {}, {}}));
  }

  /// As another process stores it.
  void likes(const std::string& user, int film) {
    const FoldedTotals at = store_.totals().value();
    const std::uint64_t next = at.cursor.next(0);
    speed::FoldItem item;
    item.event = EventBuilder(user, id_of(film), EventType::kLike).id(next).build();
    item.offset = Offset{0, next};
    speed::FoldBase base;
    base.profile = [this](const UserId& id) { return store_.find_profile(id); };
    base.event = [this](const UserId& id, const EventId& event) {
      return store_.find_event(id, event);
    };
    base.cursor = at.cursor;
    base.totals = at.totals;
    Cursor after = at.cursor;
    after.set_next(0, next + 1);
    const auto step = speed::fold_batch({&item, 1}, base, after, movies_, 0);
    ASSERT_TRUE(step.ok() && store_.apply(*step).ok());
  }
  std::optional<LiveList> find(const std::string& user) { return feed_.find(UserId(user)).value(); }

  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  testing::FakeProfileStore store_;
  testing::FakeCatalogStore catalog_;
  testing::FakeLiveFeed feed_;
  LiveLists lists_{{store_, catalog_, feed_, movies_, clock_, metrics_}, {}};
};

TEST_F(LiveListsTest, AListIsMadeForWhomeverChangedWithTheirVersionAndWithoutWhatTheyMet) {
  lists_.set_model(model("als_1"), nullptr);
  likes("early", 1);
  EXPECT_EQ(lists_.make().value(), 0U) << "who was there before gets one with the next event";
  likes("ann", 3);
  likes("ann", 4);
  likes("bob", 3);
  EXPECT_EQ(lists_.make().value(), 2U);
  const auto list = find("ann");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->version, 2U);
  EXPECT_EQ(list->generation, ModelVersion("als_1"));
  EXPECT_EQ(list->recipe, serving::live_recipe({}));
  EXPECT_FALSE(list->items.empty());
  for (const ScoredMovie& film : list->items) {
    for (const int met : {3, 4, kFilms - 1}) EXPECT_NE(film.movie_id, MovieId(id_of(met)));
  }
  EXPECT_FALSE(find("early"));
  EXPECT_EQ(lists_.make().value(), 0U) << "nobody changed since";
}

TEST_F(LiveListsTest, OtherSettingsGiveOtherListsUnderTheNameThatServingHasForThem) {
  Settings settings;
  settings.live_factors = 0.9;
  settings.live_transitions = 0;
  settings.live_like_weight = 2;
  const auto options = live_tier_options(settings);
  LiveLists tuned({store_, catalog_, feed_, movies_, clock_, metrics_}, options);
  for (LiveLists* const lists : {&lists_, &tuned}) {
    lists->set_model(model("als_1"), nullptr);
    ASSERT_TRUE(lists->make().ok());
  }
  for (const int film : {3, 4}) likes("ann", film);
  ASSERT_EQ(lists_.make().value(), 1U);
  const auto plain = find("ann");
  ASSERT_EQ(tuned.make().value(), 1U);
  const auto list = find("ann");
  EXPECT_EQ(list->recipe, serving::live_recipe(options));
  EXPECT_NE(list->recipe, plain->recipe);
  EXPECT_NE(list->items, plain->items);
}

TEST_F(LiveListsTest, WithoutAModelNothingIsMade) {
  EXPECT_EQ(lists_.make().value(), 0U);
  likes("ann", 3);
  EXPECT_EQ(lists_.make().value(), 0U);
  EXPECT_FALSE(find("ann"));
}

TEST_F(LiveListsTest, AFilmThatWasHiddenMeanwhileIsInNoNewList) {
  lists_.set_model(model("als_1"), nullptr);
  ASSERT_TRUE(lists_.make().ok());
  likes("ann", 3);
  ASSERT_TRUE(lists_.make().ok());
  const MovieId first = find("ann")->items.front().movie_id;
  ASSERT_TRUE(catalog_.hide(first).ok());
  likes("ann", first.value() == id_of(4) ? 5 : 4);
  ASSERT_TRUE(lists_.make().ok());
  const auto list = find("ann");
  EXPECT_EQ(std::ranges::find(list->items, first, &ScoredMovie::movie_id), list->items.end());
}

TEST_F(LiveListsTest, AFeedThatIsAwayLosesNobody) {
  lists_.set_model(model("als_1"), nullptr);
  ASSERT_TRUE(lists_.make().ok());
  likes("ann", 3);
  feed_.fail_next_writes(1, Error{ErrorCode::kUnavailable, "away"});
  EXPECT_FALSE(lists_.make().ok());
  EXPECT_EQ(lists_.make().value(), 1U);
}

}  // namespace
}  // namespace marquee::streaming
