#include "settings/live_tier_options.h"

namespace marquee {

serving::LiveTierOptions live_tier_options(const Settings& settings) {
  serving::LiveTierOptions options;
  options.live = {settings.live_factors, settings.live_neighbors, settings.live_transitions};
  options.signals.negative = settings.live_negative;
  options.signals.transition_half_life_days = settings.live_transition_half_life_days;
  options.history.rating = {settings.live_rating_weight, settings.live_rating_half_life_days};
  options.history.like = {settings.live_like_weight, settings.live_like_half_life_days};
  options.history.view = {settings.live_view_weight, settings.live_view_half_life_days};
  options.history.watchlist_add = {settings.live_watchlist_add_weight,
                                   settings.live_watchlist_add_half_life_days};
  options.history.click = {settings.live_click_weight, settings.live_click_half_life_days};
  options.history.search_click = {settings.live_search_click_weight,
                                  settings.live_search_click_half_life_days};
  return options;
}

}  // namespace marquee
