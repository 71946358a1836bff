// Goal: the defaults of the settings are those of the libraries, and each setting arrives.

#include "app/options/serving_options.h"

#include <gtest/gtest.h>

namespace marquee::app {
namespace {

using serving::RecommendationService;

void expect_same(const retrieval::HistoryWeights::Kind& a,
                 const retrieval::HistoryWeights::Kind& b) {
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.half_life_days, b.half_life_days);
}

TEST(ServingOptions, TheDefaultsAreThoseOfTheService) {
  const RecommendationService::Options from_settings = serving_options({});
  const RecommendationService::Options own;
  EXPECT_EQ(from_settings.batch_weight, own.batch_weight);
  EXPECT_EQ(from_settings.popularity.half_life_days, own.popularity.half_life_days);
  EXPECT_EQ(from_settings.popularity.floor, own.popularity.floor);
  EXPECT_EQ(from_settings.live.factors, own.live.factors);
  EXPECT_EQ(from_settings.live.neighbors, own.live.neighbors);
  EXPECT_EQ(from_settings.live.transitions, own.live.transitions);
  EXPECT_EQ(from_settings.signals.negative, own.signals.negative);
  EXPECT_EQ(from_settings.signals.transition_half_life_days, own.signals.transition_half_life_days);
  expect_same(from_settings.history.rating, own.history.rating);
  expect_same(from_settings.history.like, own.history.like);
  expect_same(from_settings.history.view, own.history.view);
  expect_same(from_settings.history.watchlist_add, own.history.watchlist_add);
  expect_same(from_settings.history.click, own.history.click);
  expect_same(from_settings.history.search_click, own.history.search_click);
}

TEST(ServingOptions, EachSettingArrivesAtItsOwnOption) {
  Settings settings;
  settings.serving_tier_share = 0.1;
  settings.serving_tier_share_per_s_max = 5;
  settings.serving_batch_lists_kept = 7;
  settings.live_factors = 0.11;
  settings.live_neighbors = 0.12;
  settings.live_transitions = 0.13;
  settings.live_negative = 0.14;
  settings.live_transition_half_life_days = 15;
  settings.live_view_weight = 0.16;
  settings.live_view_half_life_days = 17;
  settings.live_search_click_weight = 0.18;
  settings.live_click_half_life_days = 19;
  const auto options = serving_options(settings);
  EXPECT_EQ(options.tier_share.share, 0.1);
  EXPECT_EQ(options.tier_share.per_s_max, 5);
  EXPECT_EQ(options.batch_lists_kept, 7U);
  EXPECT_EQ(options.live.factors, 0.11);
  EXPECT_EQ(options.live.neighbors, 0.12);
  EXPECT_EQ(options.live.transitions, 0.13);
  EXPECT_EQ(options.signals.negative, 0.14);
  EXPECT_EQ(options.signals.transition_half_life_days, 15);
  expect_same(options.history.view, {0.16, 17});
  EXPECT_EQ(options.history.search_click.weight, 0.18);
  EXPECT_EQ(options.history.click.half_life_days, 19);
}

}  // namespace
}  // namespace marquee::app
