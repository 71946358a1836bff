// Goal: a live list that somebody made ahead is used for exactly the moment it was made for.

#include <functional>

#include <gtest/gtest.h>

#include "serving/cascade_fixture.h"
#include "testing/fake_live_feed.h"

namespace marquee::serving {
namespace {

class MadeAheadTest : public CascadeTest {
 protected:
  Cascade with_feed() {
    return Cascade{{clock_, state_, feed_, cache_, writer_, movies_, metrics_, &made_ahead_},
                   options_,
                   popular_};
  }
  CascadeRequest plain(std::shared_ptr<const UserProfile> profile) {
    CascadeRequest wanted = request(12, std::move(profile));
    wanted.is_plain = true;
    return wanted;
  }
  /// What the job writes for `profile`.
  LiveList list_for(const UserProfile& profile) {
    retrieval::KeySet allowed = pinned_.view->servable;
    erase_met(profile, allowed);
    const auto& generation = *pinned_.generation;
    const auto history = retrieval::live_history(profile, generation.row_of_key, options_.history);
    const LiveTier tier =
        live_tier(generation, state_, history, options_.candidates, allowed, options_).value();
    LiveList list{generation.model->version(), profile.version, live_recipe(options_), {}};
    for (const Candidate& film : tier.items) {
      list.items.push_back({movies_.id_of(film.movie), film.score});
    }
    return list;
  }
  /// A list that nobody would compute, to tell whether it was used.
  LiveList odd_list_for(const UserProfile& profile) {
    LiveList list = list_for(profile);
    list.items = {{MovieId("f33"), 0.5F}};
    return list;
  }
  void put(const LiveList& list) { ASSERT_TRUE(made_ahead_.put({{UserId("u1"), list}}).ok()); }
  bool is_used(const CascadeRequest& wanted) {
    return ids_of(with_feed().build(pinned_, wanted)).front() == "f33";
  }
  double counted(const char* result) {
    return metrics_.counter("marquee_made_ahead_lists_total", "", {{"result", result}}).value();
  }

  testing::FakeLiveFeed made_ahead_;
};

TEST_F(MadeAheadTest, AListForThisVersionGivesWhatWouldBeComputed) {
  nightly({33, 20});
  const auto viewer = who_likes({5, 6});
  put(list_for(*viewer));
  const CascadeList computed = cascade_.build(pinned_, plain(viewer));
  const CascadeList kept = with_feed().build(pinned_, plain(viewer));
  EXPECT_EQ(ids_of(kept), ids_of(computed));
  EXPECT_EQ(kept.source, computed.source);
  for (std::size_t i = 0; i < kept.items.size(); ++i) {
    EXPECT_EQ(kept.items[i].score, computed.items[i].score) << i;
  }
  EXPECT_EQ(counted("used"), 1);
}

TEST_F(MadeAheadTest, FilmsNewHereFindTheirPlaceBesideSuchAListToo) {
  const auto viewer = who_likes({5, 6});
  put(list_for(*viewer));
  options_.new_films.cosine_min = -1.0F;
  pinned_.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(
      std::vector<retrieval::NewFilm>{{key(36), clock_.wall_ms(), {1, 2, 3, 4}}});
  const CascadeList kept = with_feed().build(pinned_, plain(viewer));
  EXPECT_EQ(ids_of(kept), ids_of(cascade_.build(pinned_, plain(viewer))));
  EXPECT_EQ(ids_of(kept)[4], "f36");
}

TEST_F(MadeAheadTest, OnlyWhenVersionModelAndSettingsAreThoseOfTheRequest) {
  const auto viewer = who_likes({5, 6});
  const LiveList right = odd_list_for(*viewer);
  put(right);
  EXPECT_TRUE(is_used(plain(viewer)));

  const auto moved_on = who_likes({5, 6, 7});
  EXPECT_FALSE(is_used(plain(moved_on))) << "the viewer has moved on";
  const auto behind = who_likes({5});
  EXPECT_FALSE(is_used(plain(behind))) << "this process has not seen that event yet";

  const std::vector<std::function<void(LiveList&)>> others{
      [](LiveList& list) { list.generation = ModelVersion("als_20250102_0000"); },
      [](LiveList& list) { list.recipe = "another"; }};
  for (const auto& spoil : others) {
    LiveList other = right;
    spoil(other);
    put(other);
    EXPECT_FALSE(is_used(plain(viewer)));
  }
  EXPECT_EQ(counted("used"), 1);
  EXPECT_EQ(counted("passed"), 4);
}

TEST_F(MadeAheadTest, ARequestWithWishesIsComputed) {
  const auto viewer = who_likes({5, 6});
  put(odd_list_for(*viewer));
  CascadeRequest filtered = plain(viewer);
  filtered.is_plain = false;
  EXPECT_FALSE(is_used(filtered));
  EXPECT_EQ(counted("passed"), 0);
}

TEST_F(MadeAheadTest, AFeedThatIsAwayCostsNobodyTheList) {
  const auto viewer = who_likes({5, 6});
  const auto computed = ids_of(cascade_.build(pinned_, plain(viewer)));
  made_ahead_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "away"});
  const CascadeList list = with_feed().build(pinned_, plain(viewer));
  EXPECT_EQ(ids_of(list), computed);
  EXPECT_FALSE(list.degraded);
}

TEST_F(MadeAheadTest, WhatLeftTheCatalogueSinceIsNotShown) {
  const auto viewer = who_likes({5, 6});
  LiveList list = odd_list_for(*viewer);
  list.items.insert(list.items.begin(), {MovieId("f39"), 0.9F});  // hidden
  list.items.insert(list.items.begin(), {MovieId("f05"), 0.9F});  // met
  put(list);
  EXPECT_TRUE(is_used(plain(viewer)));
}

TEST(LiveRecipe, EverySettingHasAPartInIt) {
  const LiveTierOptions right;
  const std::vector<std::function<void(LiveTierOptions&)>> changes{
      [](auto& o) { ++o.candidates; },
      [](auto& o) { o.live.neighbors += 0.001; },
      [](auto& o) { o.history.floor += 0.001; },
      [](auto& o) { o.history.view.half_life_days += 1; },
      [](auto& o) { o.history.search_click.weight += 0.001; },
      [](auto& o) { o.signals.transition_half_life_days += 1; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    LiveTierOptions other;
    changes[i](other);
    EXPECT_NE(live_recipe(other), live_recipe(right)) << i;
  }
  EXPECT_EQ(live_recipe(LiveTierOptions()), live_recipe(right));
}

}  // namespace
}  // namespace marquee::serving
