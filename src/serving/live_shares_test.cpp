// Goal: what is said to speak for a film adds up to the score that put it where it is.

#include "serving/live_shares.h"

#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ranking/blend.h"
#include "serving/cascade_fixture.h"

namespace marquee::serving {
namespace {

class LiveSharesTest : public CascadeTest {
 protected:
  LiveSharesTest() {
    auto with_neighbors = std::make_shared<Generation>(*pinned_.generation);
    with_neighbors->item_neighbors = std::make_shared<const models::ItemNeighbors>(
        models::nearest_items(*with_neighbors->model, 8, 1));
    pinned_.generation = std::move(with_neighbors);
    for (int viewer = 0; viewer < 6; ++viewer) {
      state_.put("v" + std::to_string(viewer), *who_likes({viewer, 2 * viewer, viewer + 9, 20}));
    }
  }
};

TEST_F(LiveSharesTest, AddUpToTheBlendOfTheSignals) {
  const auto liker = who_likes({3, 11, 6, 2});
  const CascadeList built = cascade_.build(pinned_, request(30, liker));
  const LiveShares shares(*pinned_.generation, state_, options_, built);
  retrieval::KeySet all(kFilms);
  for (int film = 0; film < kFilms; ++film) all.insert(key(film));
  const auto found = retrieval::live_candidates(pinned_.generation->live_sources(state_),
                                                built.history, 100, all, options_.signals);
  ASSERT_TRUE(found.ok());
  for (std::size_t i = 0; i < found->movies.size(); ++i) {
    const double expected =
        options_.live.factors * found->factors[i] / built.scales.factors +
        options_.live.neighbors * found->neighbors[i] / built.scales.neighbors +
        options_.live.transitions * found->transitions[i] / built.scales.transitions;
    const auto of_film = shares.of(found->movies[i]);
    EXPECT_NEAR(std::accumulate(of_film.begin(), of_film.end(), 0.0), expected, 1e-4);
  }
}

TEST_F(LiveSharesTest, AreNothingForAFilmThatTheModelDoesNotKnow) {
  const CascadeList built = cascade_.build(pinned_, request(30, who_likes({3, 11})));
  const LiveShares shares(*pinned_.generation, state_, options_, built);
  EXPECT_EQ(shares.of(key(kModelled)), (std::vector<float>{0, 0}));
  EXPECT_EQ(shares.of(99'999), (std::vector<float>{0, 0}));
}

TEST_F(LiveSharesTest, ANeighbourOfAFilmTurnedAgainstComesLater) {
  const auto place = [&](const std::shared_ptr<const UserProfile>& profile, MovieKey movie) {
    const auto items = cascade_.build(pinned_, request(39, profile)).items;
    return std::find_if(items.begin(), items.end(),
                        [&](const Candidate& item) { return item.movie == movie; }) -
           items.begin();
  };
  const auto liker = who_likes({3});
  auto against = std::make_shared<UserProfile>(*liker);
  const MovieKey disliked = key(15);
  const auto row = static_cast<std::uint32_t>(pinned_.generation->row_of_key[disliked]);
  const auto neighbors = pinned_.generation->item_neighbors->of(row);
  ASSERT_FALSE(neighbors.empty());
  const MovieKey like_it = pinned_.generation->key_of_row[neighbors.front().row];
  against->recent.insert(against->recent.begin(),
                         {disliked, EventType::kDislike, std::nullopt, 0, 0});
  EXPECT_GE(place(against, like_it), place(liker, like_it));
  against->recent.insert(against->recent.end(), against->recent.front());
  EXPECT_GT(place(against, like_it), 0);
}

TEST_F(LiveSharesTest, WhatOthersLikedNextComesFirstWhenOnlyTransitionsCount) {
  options_.live = {0, 0, 1};
  for (int viewer = 0; viewer < 9; ++viewer) {
    state_.put("w" + std::to_string(viewer), *who_likes({5, 31}));
  }
  const auto ids = ids_of(cascade_.build(pinned_, request(3, who_likes({5}))));
  EXPECT_EQ(ids.front(), "f31");
}

}  // namespace
}  // namespace marquee::serving
