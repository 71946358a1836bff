#pragma once

#include "settings/settings.h"

/// What marquee_streaming.h gives a caller who asks for settings.
struct marquee_settings {
  marquee::Settings values;
};
