#pragma once

#include "serving/recommendation_service.h"
#include "settings/settings.h"

namespace marquee::app {

/// What the settings say of serving; everything else as RecommendationService has it.
serving::RecommendationService::Options serving_options(const Settings& settings);

}  // namespace marquee::app
