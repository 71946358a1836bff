#pragma once

#include "app/commands/commands.h"
#include "base/result.h"
#include "settings/settings.h"

namespace marquee::app::commands {

/// Prints what a model's manifest says of it. kNotFound for an unknown one.
Result<void> show_model(const Settings& settings, const ModelsOptions& options);

/// Prints parameters, input and metrics of two models side by side, and the differences; the model
/// in service is the other one when none is named. kNotFound for an unknown one.
Result<void> compare_models(const Settings& settings, const ModelsOptions& options);

}  // namespace marquee::app::commands
