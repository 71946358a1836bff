#pragma once

#include "settings/settings.h"

/// What marquee_streaming.h gives a caller who asks for settings.
struct marquee_settings {  // NOLINT(readability-identifier-naming): a name of the C ABI
  marquee::Settings values;
};
