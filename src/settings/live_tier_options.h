#pragma once

#include "serving/live_tier.h"
#include "settings/settings.h"

namespace marquee {

/// What the settings say of the live tier: the same for who serves and for who makes lists ahead.
serving::LiveTierOptions live_tier_options(const Settings& settings);

}  // namespace marquee
