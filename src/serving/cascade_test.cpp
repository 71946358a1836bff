// Goal: whichever tiers are away, the answer is full, allowed and in order, and says who gave it.

#include "serving/cascade.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "serving/cascade_fixture.h"

namespace marquee::serving {
namespace {

enum class Batch { kThere, kEmpty, kFails };
enum class Live { kThere, kNoProfile, kFails };

struct Away {
  Batch batch;
  Live live;
  Source source;
  bool degraded;
};

class EveryTierAway : public CascadeTest, public ::testing::WithParamInterface<Away> {};

TEST_P(EveryTierAway, StillGivesAFullListAndNamesWhoGaveIt) {
  const Away& tiers = GetParam();
  if (tiers.batch != Batch::kEmpty) nightly({33, 34, 20});
  if (tiers.batch == Batch::kFails) {
    feed_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "away"});
  }
  if (tiers.live == Live::kFails) break_the_search();
  const auto profile = tiers.live == Live::kNoProfile ? nullptr : who_likes({5});
  const CascadeList list = cascade_.build(pinned_, request(12, profile));

  EXPECT_EQ(list.source, tiers.source);
  EXPECT_EQ(list.degraded, tiers.degraded);
  ASSERT_EQ(list.items.size(), 12U);
  EXPECT_EQ(list.personal > 0, tiers.source != Source::kPopular);
  for (std::size_t i = 1; i < list.items.size(); ++i) {
    EXPECT_GE(list.items[i - 1].score, list.items[i].score) << i;
  }
  EXPECT_EQ(errors_of("batch"), tiers.batch == Batch::kFails ? 1 : 0);
  EXPECT_EQ(errors_of("realtime"), tiers.live == Live::kFails ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Away, EveryTierAway,
    ::testing::Values(Away{Batch::kThere, Live::kThere, Source::kHybrid, false},
                      Away{Batch::kThere, Live::kNoProfile, Source::kBatch, false},
                      Away{Batch::kThere, Live::kFails, Source::kBatch, true},
                      Away{Batch::kEmpty, Live::kThere, Source::kRealtime, false},
                      Away{Batch::kEmpty, Live::kNoProfile, Source::kPopular, false},
                      Away{Batch::kEmpty, Live::kFails, Source::kPopular, true},
                      Away{Batch::kFails, Live::kThere, Source::kRealtime, true},
                      Away{Batch::kFails, Live::kNoProfile, Source::kPopular, true},
                      Away{Batch::kFails, Live::kFails, Source::kPopular, true}));

TEST_F(CascadeTest, ATierIsLeftOutWhereTheRequestSaysSo) {
  nightly({33, 34, 20});
  const auto viewer = who_likes({5});
  for (const auto& [tiers, source] :
       {std::pair{Tiers::kAll, Source::kHybrid}, std::pair{Tiers::kPastCache, Source::kHybrid},
        std::pair{Tiers::kBatch, Source::kBatch}, std::pair{Tiers::kRealtime, Source::kRealtime},
        std::pair{Tiers::kPopular, Source::kPopular}}) {
    CascadeRequest wanted = request(12, viewer);
    wanted.tiers = tiers;
    const CascadeList list = cascade_.build(pinned_, wanted);
    EXPECT_EQ(list.source, source);
    EXPECT_EQ(list.items.size(), 12U);
    EXPECT_FALSE(list.degraded) << "nothing failed";
    const auto ids = ids_of(list);
    EXPECT_EQ(std::ranges::find(ids, "f05"), ids.end()) << "it was seen";
  }
}

TEST_F(CascadeTest, FillsUpWithPopularTitlesBelowThePersonalOnesAndThenWithTheRestById) {
  nightly({33, 2});
  const CascadeList list = cascade_.build(pinned_, request(100));
  EXPECT_EQ(list.personal, 2U);
  ASSERT_EQ(list.items.size(), static_cast<std::size_t>(kFilms - 1)) << "all but the hidden one";
  const auto ids = ids_of(list);
  EXPECT_EQ((std::vector<std::string>(ids.begin(), ids.begin() + 5)),
            (std::vector<std::string>{"f33", "f02", "f00", "f01", "f03"}));
  EXPECT_EQ((std::vector<std::string>(ids.end() - 3, ids.end())),
            (std::vector<std::string>{"f36", "f37", "f38"}));
  EXPECT_EQ(list.items.back().score, 0.0F) << "nobody has met it";
  EXPECT_EQ(list.items[2].score, list.items[1].score) << "the most popular, under the ceiling";
}

TEST_F(CascadeTest, WithoutEventsAndModelFilmsComeInOrderOfId) {
  testing::FakeFoldedState nobody{clock_};
  const PopularFilms none{nobody, movies_, clock_, options_.popularity,
                          std::chrono::milliseconds(0)};
  const Cascade cascade{
      {clock_, nobody, feed_, cache_, writer_, movies_, metrics_}, options_, none};
  pinned_.generation = nullptr;
  EXPECT_EQ(ids_of(cascade.build(pinned_, request(3))),
            (std::vector<std::string>{"f00", "f01", "f02"}));
}

TEST_F(CascadeTest, WithoutProfilingNeitherTheFeedNorTheProfileIsLookedAt) {
  nightly({33});
  feed_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "away"});
  auto plain = request(40, who_likes({0}));
  plain.profiling = false;
  const CascadeList list = cascade_.build(pinned_, plain);
  EXPECT_EQ(list.source, Source::kPopular);
  EXPECT_FALSE(list.degraded);
  EXPECT_EQ(list.personal, 0U);
  EXPECT_EQ(ids_of(list).front(), "f00") << "met, but whose history it is may not matter";
  EXPECT_FALSE(feed_.find(ModelVersion("als_20250101_0000"), UserId("u1")).ok())
      << "the failure was not used up";
}

TEST_F(CascadeTest, AFilmHiddenByTheViewerStaysAwayThoughItWasNeverMet) {
  nightly({33, 20});
  auto profile = std::make_shared<UserProfile>(*who_likes({5}));
  profile->state_of(key(33)).hidden = 1;
  profile->state_of(key(20)).watchlisted = true;  // saved is not met
  const auto ids = ids_of(cascade_.build(pinned_, request(100, profile)));
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "f33"), 0);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "f20"), 1);
}

TEST_F(CascadeTest, WhatWasShownBeforeIsNotShownAgainFromAnyTier) {
  nightly({33, 20});
  const CascadeList first = cascade_.build(pinned_, request(10, who_likes({5})));
  std::vector<std::uint32_t> shown;
  for (const Candidate& item : first.items) shown.push_back(pinned_.view->page_tag[item.movie]);
  auto next = request(100, who_likes({5}));
  next.shown = shown;
  const auto second = cascade_.build(pinned_, next);
  EXPECT_EQ(second.items.size(), static_cast<std::size_t>(kFilms - 1 - 1 - 10));
  for (const Candidate& item : first.items) {
    EXPECT_EQ(std::count_if(second.items.begin(), second.items.end(),
                            [&](const Candidate& other) { return other.movie == item.movie; }),
              0);
  }
}

TEST_F(CascadeTest, AFilmOfTheNightlyListThatLeftTheCatalogueIsPassedOver) {
  nightly({33, 20});
  movies_.intern(MovieId("gone"));
  nightly({20});
  std::vector<Movie> fewer{testing::test_movie("f05"), testing::test_movie("f06")};
  pinned_.view = std::make_shared<const CatalogView>(make_catalog(fewer, movies_));
  EXPECT_EQ(ids_of(cascade_.build(pinned_, request(9))), (std::vector<std::string>{"f05", "f06"}));
}

TEST_F(CascadeTest, NewFilmsTakeTheFifthPlaceWhereTheyMatchAndAreAllowed) {
  const auto liker = who_likes({5, 6});
  const auto& model = *pinned_.generation->model;
  const auto positives =
      retrieval::live_history(*liker, pinned_.generation->row_of_key, {}).positives;
  const auto viewer = *models::fold_in(model, retrieval::weighted_items(positives));
  std::vector<float> away;
  for (const float value : viewer) away.push_back(-value);
  const std::vector<retrieval::NewFilm> films{{key(36), clock_.wall_ms(), viewer},
                                              {key(37), clock_.wall_ms(), away}};
  const auto before = ids_of(cascade_.build(pinned_, request(12, liker)));
  pinned_.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(films);
  const CascadeList list = cascade_.build(pinned_, request(12, liker));
  auto want = before;
  want.insert(want.begin() + 4, "f36");
  want.pop_back();
  EXPECT_EQ(ids_of(list), want);
  EXPECT_NEAR(list.items[4].score, 0.3F, 1e-5F) << "what the live tier alone would give";

  auto banned = request(12, liker);
  banned.exclude = {key(36)};
  EXPECT_EQ(ids_of(cascade_.build(pinned_, banned)), before);
  auto plain = request(12, liker);
  plain.profiling = false;
  EXPECT_NE(ids_of(cascade_.build(pinned_, plain))[4], "f36");
}

TEST_F(CascadeTest, ANewFilmThatTheNightlyListHoldsComesOnce) {
  const auto liker = who_likes({5, 6});
  const auto positives =
      retrieval::live_history(*liker, pinned_.generation->row_of_key, {}).positives;
  const auto viewer =
      *models::fold_in(*pinned_.generation->model, retrieval::weighted_items(positives));
  pinned_.new_films = std::make_shared<const std::vector<retrieval::NewFilm>>(
      std::vector<retrieval::NewFilm>{{key(36), clock_.wall_ms(), viewer}});
  nightly({36, 20});
  const auto ids = ids_of(cascade_.build(pinned_, request(30, liker)));
  EXPECT_EQ(std::ranges::count(ids, "f36"), 1);
  EXPECT_EQ(ids.front(), "f36") << "where the list has it";
}

TEST_F(CascadeTest, DiversityChangesTheOrderButNeitherFilmsNorTheBest) {
  auto plain = request(20, who_likes({5, 6}));
  auto mixed = plain;
  mixed.diversity = 1.0;
  auto zero = plain;
  zero.diversity = 0.0;
  const auto as_scored = cascade_.build(pinned_, plain).items;
  const auto diverse = cascade_.build(pinned_, mixed).items;
  EXPECT_EQ(cascade_.build(pinned_, zero).items, as_scored);
  EXPECT_EQ(diverse.front(), as_scored.front());
  EXPECT_NE(diverse, as_scored);
}

RC_GTEST_FIXTURE_PROP(CascadeTest, GivesOnlyAllowedFilmsOnceAndAllOfThemWhenThereIsRoom, ()) {
  const auto some = [] {
    return *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kFilms));
  };
  nightly(some());
  const auto profile = std::make_shared<UserProfile>(*who_likes(some()));
  auto ask = request(*rc::gen::inRange<std::size_t>(1, 50), profile);
  std::set<MovieKey> banned{key(kFilms - 1)};
  for (const int film : some()) {
    ask.exclude.push_back(key(film));
    banned.insert(key(film));
  }
  for (const MovieState& film : profile->movies) banned.insert(film.movie);
  if (*rc::gen::arbitrary<bool>()) ask.wishes.genres = {"comedy"};
  if (*rc::gen::arbitrary<bool>()) ask.wishes.year_from = *rc::gen::inRange(1955, 2005);
  if (*rc::gen::arbitrary<bool>()) ask.diversity = 0.1 * *rc::gen::inRange(1, 11);
  const ranking::FilmFilter filter(pinned_.view->films, ask.wishes);
  std::size_t allowed = 0;
  for (const MovieKey film : pinned_.view->by_id) {
    allowed += !banned.contains(film) && filter.passes(film) ? 1U : 0U;
  }

  const CascadeList list = cascade_.build(pinned_, ask);
  RC_ASSERT(list.items.size() == std::min(allowed, ask.count));
  RC_ASSERT(list.personal <= list.items.size());
  std::set<MovieKey> seen;
  for (const Candidate& item : list.items) {
    RC_ASSERT(seen.insert(item.movie).second);
    RC_ASSERT(!banned.contains(item.movie));
    RC_ASSERT(filter.passes(item.movie));
    RC_ASSERT(item.score >= 0.0F && item.score <= 1.0F);
  }
}

}  // namespace
}  // namespace marquee::serving
