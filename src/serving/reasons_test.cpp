// Goal: every row says what speaks for it, and nothing that is not so.

#include "serving/reasons.h"

#include <algorithm>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/cascade_fixture.h"

namespace marquee::serving {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReasonsTest : public CascadeTest {
 protected:
  std::vector<std::string> reasons(const CascadeList& built) const {
    RecommendationList list;
    for (const Candidate& item : built.items) list.items.push_back({item.movie, item.score, 0, {}});
    std::optional<LiveShares> shares;
    if (pinned_.generation) shares.emplace(*pinned_.generation, state_, options_, built);
    add_reasons(pinned_, built, shares ? &*shares : nullptr, list);
    std::vector<std::string> texts;
    for (const Recommendation& item : list.items) texts.push_back(item.reason);
    return texts;
  }
  /// The film of the history with the largest share of the row's live score.
  std::string strongest(const CascadeList& built, MovieKey target) {
    const auto shares = LiveShares(*pinned_.generation, state_, options_, built).of(target);
    const auto best = std::max_element(shares.begin(), shares.end());
    if (best == shares.end() || *best <= 0) return "";
    return movies_.id_of(built.history.positives[best - shares.begin()].movie).value();
  }
};

TEST_F(ReasonsTest, EachLiveRowNamesTheFilmWithTheLargestShare) {
  const CascadeList built = cascade_.build(pinned_, request(20, who_likes({5, 11, 23, 30})));
  const auto texts = reasons(built);
  ASSERT_EQ(texts.size(), 20U);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string film = strongest(built, built.items[i].movie);
    if (film.empty()) {
      EXPECT_THAT(texts[i], HasSubstr("taste like yours")) << i;
    } else {
      EXPECT_EQ(texts[i], "Because you liked Film " + film) << i;
    }
  }
}

TEST_F(ReasonsTest, WhatTheViewerDidChoosesTheWord) {
  auto profile = std::make_shared<UserProfile>(*who_likes({5}));
  profile->recent[0].type = EventType::kWatchlistAdd;
  EXPECT_THAT(reasons(cascade_.build(pinned_, request(1, profile)))[0],
              StartsWith("Because you saved Film f05"));
}

TEST_F(ReasonsTest, RowsBelowThePersonalOnesArePopular) {
  nightly({33, 34});
  const auto texts = reasons(cascade_.build(pinned_, request(4)));
  ASSERT_EQ(texts.size(), 4U);
  EXPECT_THAT(texts[0], HasSubstr("taste like yours")) << "no event of the viewer speaks for it";
  EXPECT_THAT(texts[1], HasSubstr("taste like yours"));
  EXPECT_THAT(texts[2], HasSubstr("Popular"));
  EXPECT_THAT(texts[3], HasSubstr("Popular"));
}

TEST_F(ReasonsTest, AFilmThatLeftTheCatalogueIsNotNamed) {
  std::vector<Movie> films;
  for (int i = 10; i < 30; ++i) films.push_back(testing::test_movie(id_of(i)));
  const auto profile = who_likes({5});
  pinned_.view = std::make_shared<const CatalogView>(make_catalog(films, movies_));
  for (const std::string& text : reasons(cascade_.build(pinned_, request(5, profile)))) {
    EXPECT_THAT(text, HasSubstr("taste like yours"));
  }
}

TEST_F(ReasonsTest, WithoutAModelEveryRowIsPopular) {
  pinned_.generation = nullptr;
  for (const std::string& text : reasons(cascade_.build(pinned_, request(5, who_likes({5}))))) {
    EXPECT_THAT(text, HasSubstr("Popular"));
  }
}

}  // namespace
}  // namespace marquee::serving
