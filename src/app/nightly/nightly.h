#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "scheduling/scheduler.h"
#include "settings/settings.h"

namespace marquee::app {

/// The scheduler that `settings` ask for. kInvalidArgument naming the setting that is wrong.
Result<scheduling::Scheduler::Options> scheduler_options(const Settings& settings);

/// What a stage must be told so that it reads the settings this process has: the settings file and
/// what was given on the command line. The environment it inherits.
std::vector<std::string> stage_arguments(const LoadedSettings& loaded);

}  // namespace marquee::app
