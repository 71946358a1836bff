#include "app/options/serving_options.h"

#include "settings/live_tier_options.h"

namespace marquee::app {

serving::RecommendationService::Options serving_options(const Settings& settings) {
  serving::RecommendationService::Options options;
  static_cast<serving::LiveTierOptions&>(options) = live_tier_options(settings);
  options.batch_weight = settings.serving_batch_weight;
  options.batch_lists_kept = static_cast<std::size_t>(settings.serving_batch_lists_kept);
  options.tier_share = {settings.serving_tier_share, settings.serving_tier_share_per_s_max};
  options.popularity.half_life_days = settings.popularity_half_life_days;
  options.popularity.floor = settings.popularity_floor;
  return options;
}

}  // namespace marquee::app
